//! Looks through the segments of a journal and tells a torn tail from damage; changes nothing.
//!
//! # Invariants
//!
//! Bytes of which anything later in the journal is evidence that they had been synced are never called torn. Evidence is
//! a later segment, a later sync mark, or a byte beyond the end of the batch they belong to, since each of these is written
//! only after a sync of all before it.

use std::io;
use std::sync::Arc;

use super::blocks::{Fault, SCAN_BYTES, Step, find_mark};
use super::error::{OpenError, Torn};
use super::format::{self, Defect, HEADER_BYTES, MARK_BYTES, Mark, SEGMENT_FORMAT};
use super::segment::{self, BODY, Segment};
use crate::disk::{Disk, DiskFile, OpenMode};

/// What is in a journal's directory.
#[derive(Debug)]
pub(super) struct Found<F> {
    pub(super) segments: Vec<Segment<F>>,
    /// An incomplete tail of the last segment, which is still there.
    pub(super) torn: Option<Torn>,
    /// A last segment whose creation was not finished; it is not among the segments and holds no frame.
    pub(super) stub: Option<Torn>,
    /// What of the last segment nothing proves to have been synced; none where a stub proves that all was.
    pub(super) unproven: Option<Unproven>,
}

/// The end of a segment, of which there is no witness.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unproven {
    /// The first byte: that of the last mark, or of the header where there is no mark.
    pub(super) from: u64,
    /// Whether frames come after that mark.
    pub(super) has_frames: bool,
}

/// How far the walk through a segment has come; 0 where there is no such mark.
#[derive(Default)]
struct Walk {
    /// Where the mark before the last begins.
    mark_before: u64,
    /// Where the last mark begins.
    mark: u64,
    /// Where the last mark ends.
    after_mark: u64,
    /// The byte at which the batch that this mark begins was to end.
    batch_end: u64,
}

fn io_error(file: &str) -> impl FnOnce(io::Error) -> OpenError {
    let file = file.to_owned();
    move |source| OpenError::Io { file, source }
}

impl<F: DiskFile> Found<F> {
    /// Offset after the last whole frame.
    pub(super) fn frames(&self) -> u64 {
        self.segments.last().map_or(0, Segment::end)
    }
}

/// Looks through all segments in a directory; one that does not exist has none.
pub(super) fn examine<D: Disk>(
    disk: &D,
    dir: &str,
    stamp: &[u8; 32],
    mode: OpenMode,
) -> Result<Found<D::File>, OpenError> {
    let names = match disk.list(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        names => names.map_err(io_error(dir))?,
    };
    let mut firsts: Vec<u64> = names.iter().filter_map(|name| segment::parse_file_name(name)).collect();
    firsts.sort_unstable();
    let mut found = Found { segments: Vec::new(), torn: None, stub: None, unproven: None };
    let mut nexts = firsts.iter().skip(1);
    for first in &firsts {
        let next = nexts.next().copied();
        let path = format!("{dir}/{}", segment::file_name(*first));
        // The length first: what a writer adds from now on is not looked at.
        let (file, len) =
            disk.open(&path, mode).and_then(|file| file.len().map(|len| (file, len))).map_err(io_error(&path))?;
        if found.segments.is_empty() && *first != 0 {
            return Err(unread_segment(path, *first, file).damage(0, Defect::NoFirst).into());
        }
        let mut segment = unread_segment(path, *first, file);
        if read_header(&mut segment, len, next.is_some(), stamp)? {
            found.walk(&mut segment, len, next)?;
            found.segments.push(segment);
        } else {
            found.stub = Some(torn(&segment, 0, len, Defect::Header));
        }
    }
    Ok(found)
}

fn unread_segment<F>(path: String, first: u64, file: F) -> Segment<F> {
    Segment { path, file: Arc::new(file), first, frames: 0, bytes: BODY, seed: 0, index: Arc::default() }
}

fn torn<F: DiskFile>(segment: &Segment<F>, byte: u64, len: u64, defect: Defect) -> Torn {
    Torn { file: segment.path.clone(), byte, offset: segment.end(), cut_bytes: len - byte, defect }
}

/// Reads and checks the header; false where the creation of a last segment was not finished.
fn read_header<F: DiskFile>(
    segment: &mut Segment<F>,
    len: u64,
    followed: bool,
    stamp: &[u8; 32],
) -> Result<bool, OpenError> {
    let mut bytes = [0; HEADER_BYTES];
    let read = segment.file.read_at(0, &mut bytes).map_err(io_error(&segment.path))?;
    let Some(header) = format::parse_header(bytes.get(..read).unwrap_or_default()) else {
        // A header is synced before any frame is written: behind a bad one in the making there is nothing.
        return if followed || len > BODY { Err(segment.damage(0, Defect::Header).into()) } else { Ok(false) };
    };
    if header.format > SEGMENT_FORMAT {
        let (file, found) = (segment.path.clone(), header.format);
        return Err(OpenError::NewerFormat { file, found, known: SEGMENT_FORMAT });
    }
    if header.stamp != *stamp {
        return Err(OpenError::Foreign { file: segment.path.clone() });
    }
    if header.first != segment.first {
        return Err(segment.damage(0, Defect::HeaderOffset(header.first)).into());
    }
    segment.seed = header.seed;
    Ok(true)
}

impl<F: DiskFile> Found<F> {
    /// Goes through a segment's items, up to the end or to a bad one, and judges that.
    fn walk(&mut self, segment: &mut Segment<F>, len: u64, next: Option<u64>) -> Result<(), OpenError> {
        let mut blocks = segment.blocks(BODY..len, Vec::new(), SCAN_BYTES);
        let mut walk = Walk::default();
        let defect = loop {
            segment.bytes = blocks.position();
            match blocks.advance() {
                Ok(Step::End) if walk.is_incomplete(segment.bytes) => break Some(Defect::CutShort),
                Ok(Step::End) => break None,
                Ok(Step::Frame) if segment.bytes < walk.batch_end => segment.note(segment.bytes),
                Ok(Step::Frame) => break Some(Defect::NoMark),
                Ok(Step::Mark(mark)) if mark.byte == segment.bytes && mark.offset == segment.end() => {
                    walk.pass(mark, blocks.position());
                }
                Ok(Step::Mark(Mark { byte, offset, .. })) => break Some(Defect::Misplaced { byte, offset }),
                Err(Fault::Bad(defect)) => break Some(defect),
                Err(Fault::Io(error)) => return Err(io_error(&segment.path)(error)),
            }
        };
        self.unproven = None;
        if let Some(next) = next {
            return judge_followed(segment, defect.filter(|_| segment.bytes < len), next);
        }
        if let Some(defect) = defect {
            // A mark that miscounts is itself witness to what is before it; one that is bad is witness to nothing.
            let miscounted = matches!(defect, Defect::Misplaced { byte, .. } if byte == segment.bytes);
            let after = segment.bytes + 1..len;
            let witness = miscounted
                || find_mark(&*segment.file, segment.seed, after).map_err(io_error(&segment.path))?.is_some();
            // A mark that opening began to write where it had cut a batch may reach beyond that batch's end, and be torn.
            let beyond_batch =
                walk.is_incomplete(segment.bytes) && walk.batch_end.saturating_add(MARK_BYTES as u64) <= len;
            if witness || beyond_batch {
                return Err(segment.damage(segment.bytes, defect).into());
            }
            // A mark without any frame of its batch goes too: it would promise a batch that never was.
            if walk.is_incomplete(segment.bytes) && segment.bytes == walk.after_mark {
                segment.bytes = walk.mark;
                walk.mark = walk.mark_before;
            }
            self.torn = Some(torn(segment, segment.bytes, len, defect));
        }
        let has_frames = segment.frames > 0 && segment.bytes != walk.after_mark;
        self.unproven = Some(Unproven { from: walk.mark, has_frames });
        Ok(())
    }
}

impl Walk {
    fn pass(&mut self, mark: Mark, end: u64) {
        self.mark_before = self.mark;
        self.mark = mark.byte;
        self.after_mark = end;
        self.batch_end = end.saturating_add(mark.batch_bytes);
    }

    fn is_incomplete(&self, byte: u64) -> bool {
        byte < self.batch_end
    }
}

/// A segment that another follows was synced to its end: whatever is bad or missing is damage.
fn judge_followed<F: DiskFile>(segment: &Segment<F>, defect: Option<Defect>, next: u64) -> Result<(), OpenError> {
    let defect = defect.or_else(|| (segment.end() != next).then_some(Defect::Gap(next)));
    defect.map_or(Ok(()), |defect| Err(segment.damage(segment.bytes, defect).into()))
}
