//! Rows of a workbook's sheet.
//!
//! # Invariants
//!
//! A number is written with the fewest digits that give it back exactly, so an amount is what was typed; what Excel itself
//! cannot hold exactly, more than 15 digits, is refused. Rows without any cell are passed over, as blank lines are.

use super::header::{LOOK_ROWS, Top};
use crate::mapping::columns::PRESENT;
use crate::mapping::convert::Rows;
use crate::mapping::error::{ConvertError, Place, Reason};
use crate::suggest;
use calamine::{DataRef, Dimensions, ExcelDateTime, Reader, Xlsx, XlsxCellReader, XlsxError};
use std::collections::VecDeque;
use std::io::{BufReader, Read, Seek};

/// Numbers from here on have more digits than Excel keeps.
const EXACT_MAX: f64 = 1e15;

/// A program that writes workbooks without computing them leaves formulas behind, and no values.
const NOT_COMPUTED: &str = "a value, the cell has a formula whose value was never saved: open the workbook in the \
                            spreadsheet program, save it, and convert it again";

/// What is wrong with a file in the container that Office used before 2007, and still uses around an encrypted workbook.
pub(super) fn ole(input: impl Read + Seek) -> String {
    match Xlsx::new(BufReader::new(input)) {
        Err(XlsxError::Password) => {
            "is protected by a password: save it without one (文件 > 信息 > 保护工作簿)".to_owned()
        }
        _ => "is a workbook of the old form (.xls): open it, and save it as .xlsx (另存为 > Excel 工作簿)".to_owned(),
    }
}

/// Hands every row of the sheet to `rows`.
pub(super) fn read(input: impl Read + Seek, rows: &mut Rows<'_>) -> Result<(), ConvertError> {
    let damaged = |rows: &Rows<'_>, error: &XlsxError| ConvertError::Form {
        file: rows.file.to_owned(),
        problem: format!("is a damaged workbook, or was cut short ({error}): copy or export it again"),
    };
    let mut workbook = Xlsx::new(BufReader::with_capacity(1 << 20, input)).map_err(|error| damaged(rows, &error))?;
    let names = workbook.sheet_names();
    let sheet = choose(&names, rows)?;
    let merged = workbook.merge_cells_by_sheet_name(&sheet).map_err(|error| damaged(rows, &error))?;
    let cells = workbook.worksheet_cells_reader(&sheet).map_err(|error| damaged(rows, &error))?;
    let last = u64::from(cells.dimensions().end.0) + 1;
    let mut lines = Lines { cells, ahead: None, is_done: false };
    let mut first = VecDeque::new();
    while first.len() < LOOK_ROWS.max(usize::try_from(rows.mapping.header_row.unwrap_or(0)).unwrap_or(0)) {
        let Some(line) = lines.next().map_err(|error| damaged(rows, &error))? else { break };
        first.push_back(line);
    }
    let others = || names.iter().filter(|name| **name != sheet).map(|name| format!("`{name}`")).collect::<Vec<_>>();
    let file = Sheet::open(rows, sheet.clone(), merged, &first).map_err(|error| elsewhere(error, &others()))?;
    rows.note_header(file.header);
    first.drain(..=file.header);
    loop {
        let line = match first.pop_front() {
            Some(line) => Some(line),
            None => lines.next().map_err(|error| damaged(rows, &error))?,
        };
        let Some(line) = line else { return Ok(()) };
        let number = u64::from(line.row) + 1;
        let read_bytes = rows.bytes.saturating_mul(number.min(last)) / last.max(1);
        let cells = file.cells(rows, &line);
        rows.take(Place::Sheet { sheet: file.name.clone(), row: number, letters: None }, read_bytes, cells)?;
    }
}

/// The sheet to read: the one asked for, else the first.
fn choose(names: &[String], rows: &mut Rows<'_>) -> Result<String, ConvertError> {
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let sheet = match (rows.sheet(), known.as_slice()) {
        (None, [first, ..]) => (*first).to_owned(),
        (Some(asked), _) if known.contains(&asked) => asked.to_owned(),
        (asked, _) => {
            let sheet = asked.unwrap_or_default().to_owned();
            let remedy = suggest::remedy(&sheet, &known);
            return Err(ConvertError::NoSheet { file: rows.file.to_owned(), sheet, remedy });
        }
    };
    let others: Vec<&str> = known.into_iter().filter(|name| *name != sheet).collect();
    let unread = if others.is_empty() { String::new() } else { format!(" (not read: {})", others.join(", ")) };
    rows.summary.input = format!("xlsx, sheet {sheet}{unread}");
    Ok(sheet)
}

/// What is not in this sheet may be in another.
fn elsewhere(mut error: ConvertError, others: &[String]) -> ConvertError {
    if let (ConvertError::Empty { others: told, .. }, [_, ..]) = (&mut error, others) {
        *told = format!("; other sheets are {}, choose one with --sheet", others.join(", "));
    }
    error
}

/// The cells of a row that hold something, by column.
struct Line {
    row: u32,
    cells: Vec<(u32, Held)>,
}

/// What a cell holds: a text, or what cannot be used and why.
type Held = Result<String, (String, &'static str)>;

/// Rows of a sheet, as far as its cells come row by row.
struct Lines<'w, R: Read + Seek> {
    cells: XlsxCellReader<'w, R>,
    ahead: Option<(u32, u32, Held)>,
    is_done: bool,
}

impl<R: Read + Seek> Lines<'_, R> {
    fn next(&mut self) -> Result<Option<Line>, XlsxError> {
        let mut line: Option<Line> =
            self.ahead.take().map(|(row, column, held)| Line { row, cells: vec![(column, held)] });
        while !self.is_done {
            let Some(cell) = self.cells.next_cell_with_formula_metadata()? else {
                self.is_done = true;
                break;
            };
            let (row, column) = cell.pos;
            let held = match (&cell.value, &cell.formula) {
                // Read as empty it might become a fine of 0.
                (DataRef::Empty, Some(_)) => Some(Err((String::new(), NOT_COMPUTED))),
                (value, _) => held(value),
            };
            let Some(held) = held else { continue };
            match &mut line {
                Some(line) if line.row == row => line.cells.push((column, held)),
                Some(_) => {
                    self.ahead = Some((row, column, held));
                    break;
                }
                None => line = Some(Line { row, cells: vec![(column, held)] }),
            }
        }
        Ok(line)
    }
}

/// What a cell holds; nothing where it is blank.
fn held(value: &DataRef<'_>) -> Option<Held> {
    Some(match value {
        DataRef::Empty => return None,
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Ok(text.clone()),
        DataRef::SharedString(text) => Ok((*text).to_owned()),
        DataRef::Int(number) => Ok(number.to_string()),
        DataRef::Bool(flag) => Ok(if *flag { "TRUE" } else { "FALSE" }.to_owned()),
        DataRef::Float(number) if number.abs() >= EXACT_MAX => Err((
            number.to_string(),
            "at most 15 digits in a cell of numbers, Excel lost the others: format the column as text, and type the \
             codes again",
        )),
        DataRef::Float(number) => Ok(number.to_string()),
        DataRef::DateTime(date) => date_text(date),
        DataRef::Error(error) => Err((error.to_string(), "a value: Excel could not compute this one")),
    })
    .filter(|held| held.as_ref().map_or(true, |text| !text.trim().is_empty()))
}

fn date_text(date: &ExcelDateTime) -> Held {
    if date.is_duration() || date.as_f64() < 1.0 {
        return Err((date.as_f64().to_string(), "a date, this cell holds a time: format it as a date"));
    }
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    let day = format!("{year:04}-{month:02}-{day:02}");
    Ok(if (hour, minute, second) == (0, 0, 0) { day } else { format!("{day} {hour:02}:{minute:02}:{second:02}") })
}

struct Sheet {
    name: String,
    header: usize,
    places: Vec<Option<usize>>,
    /// Merged cells that touch a column of the mapping.
    merged: Vec<Dimensions>,
}

impl Sheet {
    fn open(
        rows: &mut Rows<'_>,
        name: String,
        merged: Vec<Dimensions>,
        first: &VecDeque<Line>,
    ) -> Result<Self, ConvertError> {
        let names = |line: &Line| {
            let width = line.cells.iter().map(|(column, _)| *column as usize + 1).max().unwrap_or(0);
            let mut names = vec![String::new(); width];
            for (column, held) in &line.cells {
                if let (Some(name), Ok(text)) = (names.get_mut(*column as usize), held) {
                    name.clone_from(text);
                }
            }
            (u64::from(line.row) + 1, names)
        };
        let place = format!("`{}` sheet `{name}`", rows.file);
        let top = Top { place: place.clone(), unit: "row", rows: first.iter().map(names).collect() };
        let (header, places) = top.header(&rows.mapping.columns, rows.mapping.header_row)?;
        let row = first.get(header).map_or(0, |line| line.row);
        let touches = |cells: &Dimensions| {
            let columns = cells.start.1 as usize..=cells.end.1 as usize;
            cells.end.0 >= row && places.iter().flatten().any(|place| columns.contains(place))
        };
        let merged: Vec<Dimensions> = merged.into_iter().filter(touches).collect();
        if let Some(cells) = merged.iter().find(|cells| cells.start.0 <= row) {
            return Err(ConvertError::MergedHeader { place, cells: range(cells) });
        }
        rows.letters = places.iter().map(|place| place.map(letters)).collect();
        Ok(Self { name, header, places, merged })
    }

    /// The cells of the mapping's columns.
    fn cells(&self, rows: &Rows<'_>, line: &Line) -> Result<Vec<String>, Reason> {
        if let Some(cells) = self.merged.iter().find(|cells| (cells.start.0..=cells.end.0).contains(&line.row)) {
            return Err(Reason::Merged { cells: range(cells) });
        }
        let columns = rows.mapping.columns.iter().zip(&self.places);
        columns
            .map(|(column, place)| {
                let held = line.cells.iter().find(|(at, _)| Some(*at as usize) == *place).map(|(_, held)| held);
                match held {
                    None => Ok(String::new()),
                    Some(_) if column.presence => Ok(PRESENT.to_owned()),
                    Some(Ok(text)) => Ok(text.clone()),
                    Some(Err((value, expected))) => Err(Reason::value(&column.name, value, *expected)),
                }
            })
            .collect()
    }
}

/// `B2:C3`.
fn range(cells: &Dimensions) -> String {
    let corner = |(row, column): (u32, u32)| format!("{}{}", letters(column as usize), row + 1);
    format!("{}:{}", corner(cells.start), corner(cells.end))
}

/// `A` to `Z`, `AA` and so on.
fn letters(column: usize) -> String {
    let last = char::from(b'A' + u8::try_from(column % 26).unwrap_or(0));
    if column < 26 { last.to_string() } else { format!("{}{last}", letters(column / 26 - 1)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType::{DateTime, TimeDelta};

    #[test]
    fn dates_are_read_in_both_systems() {
        let read = |number, is_1904| date_text(&ExcelDateTime::new(number, DateTime, is_1904));
        assert_eq!(read(45049.0, false), Ok("2023-05-03".to_owned()));
        assert_eq!(read(43587.0, true), Ok("2023-05-03".to_owned()));
        assert_eq!(read(45_049.520_833_333_336, false), Ok("2023-05-03 12:30:00".to_owned()));
        assert!(read(0.5, false).is_err());
        assert!(date_text(&ExcelDateTime::new(45049.0, TimeDelta, false)).is_err());
    }

    #[test]
    fn columns_have_letters() {
        let named: Vec<String> = [0, 25, 26, 27, 51, 52, 701, 702].into_iter().map(letters).collect();
        assert_eq!(named, ["A", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA"]);
    }
}
