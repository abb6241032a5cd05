//! Numbers with check digits: bank accounts and credit cards.

use crate::output::Output;
use crate::random::{Draws, hash, mix};

/// What bank an account is at.
pub(crate) const BANK: u64 = hash("bank");

/// A number with check digits.
#[derive(Clone, Debug)]
pub(crate) enum Code {
    Iban(Iban),
    /// So many digits, of which these are the first; the last is Luhn's (ISO/IEC 7812-1, annex B).
    Luhn(&'static [&'static str], usize),
    /// Thirteen digits that begin with a 2, which shops give out themselves (GS1 General Specifications, 2.1.11).
    Ean,
    /// Seventeen characters (ISO 3779).
    Vin,
}

/// How the accounts of a country are numbered
/// (<https://www.swift.com/standards/data-standards/iban-international-bank-account-number>).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Iban {
    pub(crate) country: [u8; 2],
    /// What stands for bank and branch, with the bank's BIC.
    pub(crate) banks: &'static [(&'static str, &'static str)],
    /// How many digits the branch has, if it is not a part of the above, and the account.
    pub(crate) digits: usize,
    /// What the country checks by itself.
    pub(crate) national: National,
}

/// The check digits within a country's account numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum National {
    None,
    /// Two digits between branch and account.
    Spain,
    /// Two digits at the end, the *clé RIB*.
    France,
    /// A letter at the front, the *CIN*.
    Italy,
    /// The kind of account and which of its owners: two characters at the end.
    Brazil,
}

/// No account number is longer (ISO 13616-1).
const IBAN_MAX: usize = 34;
const EAN_LEN: usize = 13;
const VIN_LEN: usize = 17;

impl Code {
    pub(crate) fn longest(&self) -> usize {
        match self {
            Code::Iban(_) => IBAN_MAX,
            Code::Luhn(_, len) => *len,
            Code::Ean => EAN_LEN,
            Code::Vin => VIN_LEN,
        }
    }

    /// Writes the number that is drawn with `salt`.
    pub(crate) fn write(&self, draws: Draws, salt: u64, out: &mut Output<'_>) {
        match self {
            Code::Iban(iban) => iban.write(draws, salt, out),
            Code::Luhn(prefixes, len) => {
                let start = out.at;
                let prefix = prefixes[draws.below(salt, prefixes.len() as u64) as usize];
                out.put(prefix.as_bytes());
                digits(draws, salt, len - 1 - prefix.len(), out);
                let check = luhn(&out.bytes[start..out.at]);
                out.byte(b'0' + check);
            }
            Code::Ean => {
                let start = out.at;
                out.byte(b'2');
                digits(draws, salt, EAN_LEN - 2, out);
                let check = by_threes(&out.bytes[start..out.at]);
                out.byte(b'0' + check);
            }
            Code::Vin => vin(draws, salt, out),
        }
    }
}

/// The digit that makes the sum of an EAN right: every second one counts three times.
fn by_threes(digits: &[u8]) -> u8 {
    let weighted = digits.iter().rev().zip([3, 1].into_iter().cycle());
    let sum: u32 = weighted
        .map(|(byte, weight)| u32::from(byte - b'0') * weight)
        .sum();
    ((10 - sum % 10) % 10) as u8
}

/// Who made it: codes of large makers.
const MAKERS: [&[u8; 3]; 14] = [
    b"1HG", b"1FA", b"2T1", b"3VW", b"5YJ", b"JTD", b"KMH", b"WVW", b"WBA", b"WAU", b"VF1", b"ZFA",
    b"SAL", b"YV1",
];
/// Neither I nor O nor Q, which look like digits.
const VIN_LETTERS: &[u8; 33] = b"ABCDEFGHJKLMNPRSTUVWXYZ0123456789";
/// The year is a letter or a digit: 2010 to 2026.
const YEARS: &[u8; 17] = b"ABCDEFGHJKLMNPRST";
/// Where the check digit stands.
const VIN_CHECK: usize = 8;

fn vin(draws: Draws, salt: u64, out: &mut Output<'_>) {
    let start = out.at;
    let mut number = mix(draws.number(salt) | 1, salt | 1);
    let mut below = |count: u64| {
        let part = number % count;
        number /= count;
        part as usize
    };
    out.put(MAKERS[below(MAKERS.len() as u64)]);
    for _ in 0..5 {
        out.byte(VIN_LETTERS[below(33)]);
    }
    out.byte(b'0');
    out.byte(YEARS[below(17)]);
    out.byte(VIN_LETTERS[below(23)]);
    let serial = below(1_000_000) as u64;
    out.digits(serial, 6);
    let check = vin_check(&out.bytes[start..out.at]);
    out.bytes[start + VIN_CHECK] = check;
}

/// The check digit of a vehicle's number (49 CFR 565.15): letters stand for digits, places have weights.
fn vin_check(characters: &[u8]) -> u8 {
    const WEIGHTS: [u32; VIN_LEN] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let value = |character: u8| match character {
        b'0'..=b'9' => u32::from(character - b'0'),
        b'A'..=b'H' => u32::from(character - b'A') + 1,
        b'J'..=b'R' => u32::from(character - b'J') + 1,
        letter => u32::from(letter - b'S') + 2,
    };
    let weighted = characters.iter().zip(WEIGHTS);
    let sum: u32 = weighted
        .map(|(character, weight)| value(*character) * weight)
        .sum();
    match sum % 11 {
        10 => b'X',
        digit => b'0' + digit as u8,
    }
}

/// So many digits that look random.
fn digits(draws: Draws, salt: u64, count: usize, out: &mut Output<'_>) {
    let number = mix(draws.number(salt) | 1, salt | 1);
    out.digits(number % 10u64.pow(count as u32), count);
}

/// The digit that makes the sum right.
fn luhn(digits: &[u8]) -> u8 {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0') << u32::from(place % 2 == 0);
            digit / 10 + digit % 10
        })
        .sum();
    ((10 - sum % 10) % 10) as u8
}

impl Iban {
    fn write(&self, draws: Draws, salt: u64, out: &mut Output<'_>) {
        let start = out.at;
        out.put(&self.country);
        out.put(b"00");
        let first = out.at;
        let (bank, _) = self.banks[draws.below(BANK, self.banks.len() as u64) as usize];
        match self.national {
            National::Italy => {
                out.byte(b'A');
                out.put(bank.as_bytes());
                digits(draws, salt, self.digits, out);
                out.bytes[first] = cin(&out.bytes[first + 1..out.at]);
            }
            National::Spain => {
                out.put(bank.as_bytes());
                out.put(b"00");
                let account = out.at;
                digits(draws, salt, self.digits, out);
                let check = (
                    spanish(&out.bytes[first..first + 8]),
                    spanish(&out.bytes[account..out.at]),
                );
                out.bytes[account - 2] = check.0;
                out.bytes[account - 1] = check.1;
            }
            National::France => {
                out.put(bank.as_bytes());
                digits(draws, salt, self.digits, out);
                let number = remainder(out.bytes[first..out.at].iter().copied().chain(*b"00"));
                out.digits(97 - u64::from(number), 2);
            }
            National::None => {
                out.put(bank.as_bytes());
                digits(draws, salt, self.digits, out);
            }
            National::Brazil => {
                out.put(bank.as_bytes());
                digits(draws, salt, self.digits, out);
                out.put(b"C1");
            }
        }
        let moved = out.bytes[first..out.at].iter().copied();
        let check = 98 - remainder(moved.chain(self.country).chain(*b"00"));
        out.bytes[start + 2] = b'0' + (check / 10) as u8;
        out.bytes[start + 3] = b'0' + (check % 10) as u8;
    }
}

/// The remainder by 97 of digits and letters, which stand for 10 to 35 (ISO 7064).
fn remainder(characters: impl Iterator<Item = u8>) -> u32 {
    characters.fold(0, |rest, character| match character {
        b'0'..=b'9' => (rest * 10 + u32::from(character - b'0')) % 97,
        letter => (rest * 100 + u32::from(letter - b'A') + 10) % 97,
    })
}

/// A Spanish check digit: weights are powers of 2 modulo 11, from the right.
fn spanish(digits: &[u8]) -> u8 {
    const WEIGHTS: [u32; 10] = [6, 3, 7, 9, 10, 5, 8, 4, 2, 1];
    let weighted = digits.iter().rev().zip(WEIGHTS);
    let sum: u32 = weighted
        .map(|(byte, weight)| u32::from(byte - b'0') * weight)
        .sum();
    match 11 - sum % 11 {
        11 => b'0',
        10 => b'1',
        digit => b'0' + digit as u8,
    }
}

/// The letter in front of an Italian account: digits in odd places count by a table.
fn cin(digits: &[u8]) -> u8 {
    const ODD: [u32; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
    let sum: u32 = digits
        .iter()
        .enumerate()
        .map(|(place, byte)| match (place % 2, byte - b'0') {
            (0, digit) => ODD[usize::from(digit)],
            (_, digit) => u32::from(digit),
        })
        .sum();
    b'A' + (sum % 26) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_published_examples() {
        // The examples of the IBAN registry, and the cards that payment services publish for tests.
        assert_eq!(remainder(b"X0542811101000000123456IT60".iter().copied()), 1);
        assert_eq!(cin(b"0542811101000000123456"), b'X');
        assert_eq!((spanish(b"21000418"), spanish(b"0200051332")), (b'4', b'5'));
        // A French account of digits only: 97 minus the remainder of the rest.
        assert_eq!(
            97 - remainder(b"30006000011234567890100".iter().copied()),
            89
        );
        assert_eq!(luhn(b"411111111111111"), 1);
        assert_eq!(luhn(b"555555555555444"), 4);
        // The examples of the GS1 and of the American authority.
        assert_eq!(by_threes(b"400638133393"), 1);
        assert_eq!(by_threes(b"629104150021"), 3);
        assert_eq!(vin_check(b"1M8GDM9A_KP042788"), b'X');
        assert_eq!(vin_check(b"11111111111111111"), b'1');
        assert_eq!(vin_check(b"5GZCZ43D13S812715"), b'1');
    }
}
