//! tmp
#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::indexing_slicing, reason = "x")]
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let m = heng_files::Mapping::parse(&a[1], &std::fs::read_to_string(&a[1]).unwrap());
    let m = match m { Ok(m) => m, Err(e) => { eprintln!("{e}"); return } };
    let s = heng_files::convert(&m, &a[2], std::fs::File::open(&a[2]).unwrap(), std::io::BufWriter::new(std::fs::File::create(&a[3]).unwrap()), &mut |r| eprintln!("{r}"));
    eprintln!("{s:?}");
}
