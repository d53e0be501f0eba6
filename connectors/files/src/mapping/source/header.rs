//! Which of the first rows is the header.

use crate::mapping::columns::{self, Column};
use crate::mapping::error::ConvertError;

/// Rows among which the header is looked for: titles and notes may stand above it.
pub(super) const LOOK_ROWS: usize = 10;

/// The first rows of a file that are not blank, with their numbers.
pub(super) struct Top {
    /// The file, with its sheet where it has sheets.
    pub(super) place: String,
    /// What a row is called there: `line` or `row`.
    pub(super) unit: &'static str,
    pub(super) rows: Vec<(u64, Vec<String>)>,
}

impl Top {
    /// The header's place among the rows, and where the columns stand in it.
    ///
    /// It is the first row that has every column; only that of `declared` where the mapping says so.
    pub(super) fn header(
        &self,
        columns: &[Column],
        declared: Option<u64>,
    ) -> Result<(usize, Vec<Option<usize>>), ConvertError> {
        let candidates =
            self.rows.iter().enumerate().filter(|(_, (number, _))| declared.is_none_or(|row| row == *number));
        let needed = columns.iter().filter(|column| !column.optional).count();
        let found = candidates.map(|(at, (_, names))| (at, columns::found(columns, names)));
        // The row with most of the columns; of several the first.
        let best = found.fold(None, |best, next| match best {
            Some((_, most)) if most >= next.1 => best,
            _ => Some(next),
        });
        let Some((at, most)) = best else { return Err(self.empty(columns, declared)) };
        let Some((number, names)) = self.rows.get(at) else { return Err(self.empty(columns, declared)) };
        if most < needed
            && declared.is_none()
            && let Some((first, second)) = self.spread(columns, needed)
        {
            return Err(ConvertError::TwoHeaders { place: self.place.clone(), first, second });
        }
        let place = format!("{} {} {number}", self.place, self.unit);
        Ok((at, columns::places(columns, names, &place)?))
    }

    /// Two rows, one under the other, that have the columns only together.
    fn spread(&self, columns: &[Column], needed: usize) -> Option<(u64, u64)> {
        self.rows.windows(2).find_map(|pair| {
            let [(first, upper), (second, lower)] = pair else { return None };
            let both: Vec<String> = upper.iter().chain(lower).cloned().collect();
            let (above, below) = (columns::found(columns, upper), columns::found(columns, lower));
            let together = columns::found(columns, &both);
            (together == needed && above > 0 && below > 0 && above < needed && below < needed)
                .then_some((*first, *second))
        })
    }

    fn empty(&self, columns: &[Column], declared: Option<u64>) -> ConvertError {
        let place = match declared {
            Some(row) if !self.rows.is_empty() => format!("{} {} {row}", self.place, self.unit),
            _ => self.place.clone(),
        };
        ConvertError::Empty { place, columns: columns::required(columns), others: String::new() }
    }
}
