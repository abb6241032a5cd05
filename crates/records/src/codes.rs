//! Numbers with check digits: bank accounts, credit cards, vehicles, articles.

use crate::output::Output;
use crate::random::{Draws, hash, mix};

/// What bank an account is at.
pub(crate) const BANK: u64 = hash("bank");
/// Which range a card is from.
pub(crate) const CARD: u64 = hash("card: range");
/// Which vehicle it is, and of which year.
pub(crate) const VEHICLE: u64 = hash("vehicle: which");
pub(crate) const MODEL_YEAR: u64 = hash("vehicle: model year");

/// A number with check digits.
#[derive(Clone, Debug)]
pub(crate) enum Code {
    Iban(Iban),
    /// The last digit is Luhn's (ISO/IEC 7812-1, annex B).
    Card(&'static [Card]),
    /// A mobile device's: fifteen digits, of which the last is Luhn's.
    Imei,
    /// A vehicle's (ISO 3779), from world manufacturer identifiers.
    Vin(Box<[&'static str]>),
}

/// A range of credit cards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Card {
    pub(crate) brand: &'static str,
    /// The first digits.
    prefix: &'static str,
    /// How many there are.
    len: usize,
}

/// Ranges that payment services use for tests, with which nobody can pay
/// (<https://docs.stripe.com/testing>, <https://docs.adyen.com/development-resources/test-cards>).
pub(crate) const CARDS: &[Card] = &[
    Card::of("Visa", "400000"),
    Card::of("Visa", "411111"),
    Card::of("Visa", "424242"),
    Card::of("Mastercard", "510510"),
    Card::of("Mastercard", "520082"),
    Card::of("Mastercard", "555555"),
    Card {
        len: 15,
        ..Card::of("American Express", "371449")
    },
    Card {
        len: 15,
        ..Card::of("American Express", "378282")
    },
    Card::of("Discover", "601111"),
    Card::of("JCB", "353011"),
];

impl Card {
    const fn of(brand: &'static str, prefix: &'static str) -> Card {
        Card {
            brand,
            prefix,
            len: 16,
        }
    }

    /// The form of the code that is printed on it.
    pub(crate) fn cvc(&self) -> &'static str {
        if self.len == 15 { "####" } else { "###" }
    }
}

/// The first of the years that models are of, and what stands for each of them in a VIN (49 CFR 565.15, table VII).
pub(crate) const MODEL_YEARS: (i64, &[u8]) = (2015, b"FGHJKLMNPRST");

/// What a VIN may have: no I, O and Q.
const VIN_CHARACTERS: &[u8] = b"0123456789ABCDEFGHJKLMNPRSTUVWXYZ";
const VIN_LEN: usize = 17;

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
const CARD_LEN_MAX: usize = 16;
const IMEI_LEN: usize = 15;
/// Numbers of test devices begin with 00 (GSMA TS.06, Type Allocation Codes for tests).
const TEST_DEVICES: [&[u8]; 3] = [b"00101", b"00440", b"00460"];

impl Code {
    pub(crate) fn longest(&self) -> usize {
        match self {
            Code::Iban(_) => IBAN_MAX,
            Code::Card(_) => CARD_LEN_MAX,
            Code::Imei => IMEI_LEN,
            Code::Vin(_) => VIN_LEN,
        }
    }

    /// Writes the number that is drawn with `salt`.
    pub(crate) fn write(&self, draws: Draws, salt: u64, out: &mut Output<'_>) {
        match self {
            Code::Iban(iban) => iban.write(draws, salt, out),
            Code::Vin(makers) => vin(makers, draws, salt, out),
            Code::Imei => {
                let start = out.at;
                let prefix = TEST_DEVICES[draws.below(salt, TEST_DEVICES.len() as u64) as usize];
                out.put(prefix);
                digits(draws, salt, IMEI_LEN - 1 - prefix.len(), out);
                let check = luhn(&out.bytes[start..out.at]);
                out.byte(b'0' + check);
            }
            Code::Card(cards) => {
                let start = out.at;
                let card = cards[draws.below(CARD, cards.len() as u64) as usize];
                out.put(card.prefix.as_bytes());
                digits(draws, salt, card.len - 1 - card.prefix.len(), out);
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

/// The number of a vehicle: maker, five characters for the model, check digit, year, plant, serial number.
fn vin(makers: &[&str], draws: Draws, salt: u64, out: &mut Output<'_>) {
    let start = out.at;
    out.put(makers[draws.below(VEHICLE, makers.len() as u64) as usize].as_bytes());
    let mut number = mix(draws.number(salt) | 1, salt | 1);
    let mut part = |range: u64| {
        let part = number % range;
        number /= range;
        part
    };
    for _ in 0..5 {
        out.byte(VIN_CHARACTERS[part(VIN_CHARACTERS.len() as u64) as usize]);
    }
    out.byte(b'0');
    out.byte(MODEL_YEARS.1[draws.below(MODEL_YEAR, MODEL_YEARS.1.len() as u64) as usize]);
    out.byte(b'A' + part(8) as u8);
    out.digits(part(1_000_000), 6);
    out.bytes[start + 8] = vin_check(&out.bytes[start..out.at]);
}

/// The character in the ninth place of a VIN, which counts for nothing itself (49 CFR 565.15(c)).
fn vin_check(vin: &[u8]) -> u8 {
    const WEIGHTS: [u32; VIN_LEN] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let weighted = vin.iter().zip(WEIGHTS).map(|(character, weight)| {
        let value = match character {
            b'A'..=b'I' => character - b'A' + 1,
            b'J'..=b'R' => character - b'J' + 1,
            b'S'..=b'Z' => character - b'S' + 2,
            digit => digit - b'0',
        };
        u32::from(value) * weight
    });
    match weighted.sum::<u32>() % 11 {
        10 => b'X',
        digit => b'0' + digit as u8,
    }
}

/// The last digit of an article's number (GTIN, GS1 General Specifications, 7.9.1).
pub(crate) fn gtin_digit(digits: &[u8]) -> u32 {
    let weighted = digits.iter().rev().zip([3, 1].into_iter().cycle());
    let sum: u32 = weighted
        .map(|(byte, weight)| u32::from(byte - b'0') * weight)
        .sum();
    (10 - sum % 10) % 10
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
        assert_eq!(luhn(b"37828224631000"), 5);
        // The example of the regulation's commentaries, and one that is the same from all sides.
        assert_eq!(vin_check(b"1M8GDM9AXKP042788"), b'X');
        assert_eq!(vin_check(b"11111111111111111"), b'1');
        // GS1's example, and a book's number.
        assert_eq!(gtin_digit(b"629104150021"), 3);
        assert_eq!(gtin_digit(b"978316148410"), 0);
    }
}
