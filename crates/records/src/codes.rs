//! Numbers with check digits: bank accounts and credit cards.

use crate::output::Output;
use crate::random::{Draws, hash, mix};

/// What bank an account is at.
pub(crate) const BANK: u64 = hash("bank");

/// A number with check digits.
#[derive(Clone, Debug)]
pub(crate) enum Code {
    Iban(Iban),
    /// Sixteen digits, of which these are the first; the last is Luhn's (ISO/IEC 7812-1, annex B).
    Card(&'static [&'static str]),
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
const CARD_LEN: usize = 16;

impl Code {
    pub(crate) fn longest(&self) -> usize {
        match self {
            Code::Iban(_) => IBAN_MAX,
            Code::Card(_) => CARD_LEN,
        }
    }

    /// Writes the number that is drawn with `salt`.
    pub(crate) fn write(&self, draws: Draws, salt: u64, out: &mut Output<'_>) {
        match self {
            Code::Iban(iban) => iban.write(draws, salt, out),
            Code::Card(prefixes) => {
                let start = out.at;
                let prefix = prefixes[draws.below(salt, prefixes.len() as u64) as usize];
                out.put(prefix.as_bytes());
                digits(draws, salt, CARD_LEN - 1 - prefix.len(), out);
                let check = luhn(&out.bytes[start..out.at]);
                out.byte(b'0' + check);
            }
        }
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
    }
}
