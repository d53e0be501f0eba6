//! Judges codes line by line: `ok` for a unified social credit code, `bad` for anything else.
//!
//! For comparisons with other implementations of GB 32100-2015: codes on standard input, verdicts on standard output.

use heng_model::Uscc;
use std::io::{self, BufRead, BufWriter, Write};

fn main() -> io::Result<()> {
    let mut verdicts = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let verdict = if line?.parse::<Uscc>().is_ok() { "ok" } else { "bad" };
        writeln!(verdicts, "{verdict}")?;
    }
    verdicts.flush()
}
