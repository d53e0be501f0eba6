//! Exact decimal numbers, for ratios and amounts of money.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// mantissa / 10^scale, without trailing zeros in the fraction: equal numbers are equal values.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Decimal {
    /// The mantissa, lowest half first: as one number it would be aligned to 16 bytes, and so would all that holds it.
    halves: [u64; 2],
    scale: u8,
}

/// Why a text is no decimal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseDecimalError {
    /// Other characters than an optional `-`, digits and one point.
    #[error("`{0}` is not a decimal number: write digits with at most one point, such as 1000000.00")]
    Form(String),
    /// More digits than Heng keeps.
    #[error("`{0}` has more than {DIGITS_MAX} digits")]
    TooLong(String),
}

/// Digits that a number read from text may have; sums and products have room for twice as many.
pub(crate) const DIGITS_MAX: usize = 18;

/// Digits after the point that numbers are compared by; a product that has more is refused.
const SCALE_MAX: u8 = 38;

impl Decimal {
    /// Zero.
    pub const ZERO: Decimal = Decimal { halves: [0; 2], scale: 0 };

    /// `mantissa` / 10^`scale`.
    #[must_use]
    pub fn new(mut mantissa: i128, mut scale: u8) -> Self {
        while scale > 0 && ends_in_zero(mantissa) {
            mantissa /= 10;
            scale = scale.saturating_sub(1);
        }
        Self::of(mantissa, scale)
    }

    const fn of(mantissa: i128, scale: u8) -> Self {
        Self { halves: [mantissa as u64, (mantissa >> 64) as u64], scale }
    }

    /// The digits without the point.
    #[must_use]
    pub const fn mantissa(self) -> i128 {
        let [low, high] = self.halves;
        ((high as i128) << 64) | low as i128
    }

    /// Digits after the point.
    #[must_use]
    pub const fn scale(self) -> u8 {
        self.scale
    }

    fn aligned(self, other: Self) -> Option<(i128, i128, u8)> {
        let scale = self.scale.max(other.scale);
        let raise = |number: Self| {
            let power = 10_i128.checked_pow(u32::from(scale.checked_sub(number.scale)?))?;
            number.mantissa().checked_mul(power)
        };
        Some((raise(self)?, raise(other)?, scale))
    }

    /// Sum, or `None` beyond 38 digits.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let (a, b, scale) = self.aligned(other)?;
        Some(Self::new(a.checked_add(b)?, scale))
    }

    /// Difference, or `None` beyond 38 digits.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        let (a, b, scale) = self.aligned(other)?;
        Some(Self::new(a.checked_sub(b)?, scale))
    }

    /// Product, or `None` beyond 38 digits, before the point or after it.
    #[must_use]
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        let scale = self.scale.checked_add(other.scale).filter(|scale| *scale <= SCALE_MAX)?;
        Some(Self::new(self.mantissa().checked_mul(other.mantissa())?, scale))
    }
}

/// Division of 128 bits takes many times that of 64, and hardly a number needs it.
fn ends_in_zero(mantissa: i128) -> bool {
    match i64::try_from(mantissa) {
        Ok(short) => short % 10 == 0,
        Err(_) => mantissa % 10 == 0,
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self::of(i128::from(number), 0)
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.scale == other.scale {
            return self.mantissa().cmp(&other.mantissa());
        }
        match self.aligned(*other) {
            Some((a, b, _)) => a.cmp(&b),
            // One of them has no room for the other's scale: whole parts differ then, or the longer fraction decides.
            None => self.split().cmp(&other.split()),
        }
    }
}

impl Decimal {
    /// Whole part, then the fraction as digits left-aligned to 38 places.
    fn split(self) -> (i128, i128) {
        let Some(power) = 10_i128.checked_pow(u32::from(self.scale)) else { return (0, self.mantissa()) };
        let whole = self.mantissa().div_euclid(power);
        let room = 10_i128.pow(38_u32.saturating_sub(u32::from(self.scale).max(1)));
        (whole, self.mantissa().rem_euclid(power).saturating_mul(room))
    }
}

impl FromStr for Decimal {
    type Err = ParseDecimalError;

    fn from_str(text: &str) -> Result<Self, ParseDecimalError> {
        let form = || ParseDecimalError::Form(text.to_owned());
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        if whole.is_empty() || fraction.is_empty() {
            return Err(form());
        }
        let fraction = fraction.trim_end_matches('0');
        if whole.trim_start_matches('0').len().saturating_add(fraction.len()) > DIGITS_MAX {
            return Err(ParseDecimalError::TooLong(text.to_owned()));
        }
        let mut mantissa = 0_i128;
        for digit in whole.bytes().chain(fraction.bytes()) {
            if !digit.is_ascii_digit() {
                return Err(form());
            }
            mantissa = mantissa * 10 + i128::from(digit - b'0');
        }
        let scale = u8::try_from(fraction.len()).map_err(|_| form())?;
        Ok(Self::new(if negative { -mantissa } else { mantissa }, scale))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.mantissa().unsigned_abs().to_string();
        let scale = usize::from(self.scale);
        let digits = format!("{digits:0>width$}", width = scale.saturating_add(1));
        let (whole, fraction) = digits.split_at(digits.len().saturating_sub(scale));
        let sign = if self.mantissa() < 0 { "-" } else { "" };
        if fraction.is_empty() { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{fraction}") }
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn text_round_trips(mantissa in -999_999_999_999_i64..999_999_999_999, scale in 0_u8..6) {
            let number = Decimal::new(i128::from(mantissa), scale);
            prop_assert_eq!(number.to_string().parse(), Ok(number));
        }

        #[test]
        fn order_and_arithmetic_agree(a in -1_000_000_i64..1_000_000, sa in 0_u8..5, b in -1_000_000_i64..1_000_000, sb in 0_u8..5) {
            let (x, y) = (Decimal::new(i128::from(a), sa), Decimal::new(i128::from(b), sb));
            let difference = x.checked_sub(y);
            prop_assert_eq!(difference.map(|d| d.cmp(&Decimal::ZERO)), Some(x.cmp(&y)));
            prop_assert_eq!(difference.and_then(|d| d.checked_add(y)), Some(x));
        }
    }

    #[test]
    fn trailing_zeros_do_not_matter_and_odd_texts_are_refused() {
        assert_eq!("0.10".parse::<Decimal>(), "0.1".parse());
        assert_eq!("007".parse::<Decimal>(), Ok(Decimal::from(7)));
        for bad in ["", "-", ".", "1.", ".5", "1e5", "1,000", "+1", "１", "0x1", "1.2.3", "NaN"] {
            assert!(bad.parse::<Decimal>().is_err(), "{bad}");
        }
        assert!("1234567890123456789".parse::<Decimal>().is_err());
    }

    #[test]
    fn numbers_of_very_different_scale_compare() {
        let huge = Decimal::new(i128::MAX, 0);
        let tiny = Decimal::new(1, 30);
        assert_eq!(huge.cmp(&tiny), Ordering::Greater);
        assert_eq!(tiny.cmp(&huge), Ordering::Less);
        assert!(Decimal::new(-1, 30) < Decimal::ZERO);
        assert_eq!(Decimal::new(1, 30).checked_mul(tiny), None, "beyond the digits that can be compared");
    }
}
