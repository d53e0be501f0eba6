//! Codes: valid in form, synthetic, and never given twice.
//!
//! # Invariants
//!
//! Bodies come from one-to-one mappings of the organisation's number, so no two organisations share a code.

use super::options::SUBJECTS_MAX;
use heng_model::SubjectKind;
use heng_model::uscc::{check_character, organisation_check_character};

/// 18 characters.
pub(super) type Code = [u8; 18];

const LETTERS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Odd and no multiple of 5 or 31, hence one-to-one modulo 10^8 and modulo 31^6.
const STRIDE: u64 = 48_271_039;

const DIGIT_BODIES: u64 = 100_000_000;
const LETTER_BODIES: u64 = 887_503_681;
const _: () =
    assert!(SUBJECTS_MAX < DIGIT_BODIES && STRIDE % 2 == 1 && !STRIDE.is_multiple_of(5) && !STRIDE.is_multiple_of(31));

fn scattered(seed: u64, no: u32, bodies: u64) -> u64 {
    (u64::from(no) * STRIDE + seed % bodies) % bodies
}

/// The eight digits that an older organisation's codes are made of.
fn digits(seed: u64, no: u32) -> [u8; 8] {
    let mut rest = scattered(seed, no, DIGIT_BODIES);
    let mut body = [b'0'; 8];
    for place in body.iter_mut().rev() {
        *place = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
    body
}

fn letters(seed: u64, no: u32, second: u8) -> [u8; 8] {
    let mut rest = scattered(seed, no, LETTER_BODIES);
    let mut body = [b'M', second, b'0', b'0', b'0', b'0', b'0', b'0'];
    for place in body.iter_mut().skip(2).rev() {
        *place = usize::try_from(rest % 31).ok().and_then(|at| LETTERS.get(at)).copied().unwrap_or(b'0');
        rest /= 31;
    }
    body
}

/// The nine characters of the organisation code.
pub(super) fn organisation_code(seed: u64, no: u32, kind: SubjectKind, is_old: bool) -> [u8; 9] {
    let body = match kind {
        _ if is_old => digits(seed, no),
        SubjectKind::Institution | SubjectKind::GovernmentBody => letters(seed, no, b'B'),
        SubjectKind::SocialOrganisation => letters(seed, no, b'J'),
        _ => letters(seed, no, b'A'),
    };
    let mut code = [organisation_check_character(&body).unwrap_or(b'0'); 9];
    code.iter_mut().zip(body).for_each(|(place, character)| *place = character);
    code
}

/// The unified social credit code.
pub(super) fn unified(seed: u64, no: u32, kind: SubjectKind, region: &str, is_old: bool) -> Code {
    let head: &[u8; 2] = match (kind, no % 3) {
        (SubjectKind::IndividualBusiness, _) => b"92",
        (SubjectKind::Cooperative, _) => b"93",
        (SubjectKind::Institution, _) => b"12",
        (SubjectKind::GovernmentBody, _) => b"11",
        (SubjectKind::SocialOrganisation, 0) => b"52",
        (SubjectKind::SocialOrganisation, 1) => b"53",
        (SubjectKind::SocialOrganisation, _) => b"51",
        (SubjectKind::Enterprise | SubjectKind::Person, _) => b"91",
    };
    let organisation = organisation_code(seed, no, kind, is_old);
    let mut code = [b'0'; 18];
    let body = head.iter().chain(region.as_bytes()).chain(&organisation);
    code.iter_mut().zip(body).for_each(|(place, character)| *place = *character);
    let check = check_character(&code).unwrap_or(b'0');
    if let Some(last) = code.last_mut() {
        *last = check;
    }
    code
}

/// The registration number of before 2015: region, eight digits, check digit (ISO 7064 MOD 11,10).
pub(super) fn registration_number(seed: u64, no: u32, region: &str) -> [u8; 15] {
    let mut number = [b'0'; 15];
    number.iter_mut().zip(region.bytes().chain(digits(seed, no))).for_each(|(place, digit)| *place = digit);
    let product = number.iter().take(14).fold(10, |product, digit| {
        let sum = (product + u32::from(digit - b'0')) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    if let Some(last) = number.last_mut() {
        *last = b'0' + u8::try_from((11 - product) % 10).unwrap_or(0);
    }
    number
}
