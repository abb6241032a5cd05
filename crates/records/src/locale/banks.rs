//! Banks: their codes and BICs as the central banks list them (by way of `schwifty`, MIT). Accounts are made up.

use super::Locale;
use crate::codes::{Iban, National};

impl Locale {
    /// How accounts are numbered in its country, if they have an IBAN and banks are known.
    pub(crate) fn iban(self) -> Option<Iban> {
        let (country, banks, digits, national): (_, &[_], _, _) = match self {
            Locale::EnGb => (*b"GB", GB, 14, National::None),
            Locale::De => (*b"DE", DE, 10, National::None),
            Locale::DeAt => (*b"AT", AT, 11, National::None),
            Locale::DeCh => (*b"CH", CH, 12, National::None),
            Locale::Fr => (*b"FR", FR, 16, National::France),
            Locale::It => (*b"IT", IT, 17, National::Italy),
            Locale::Es => (*b"ES", ES, 10, National::Spain),
            Locale::Nl => (*b"NL", NL, 10, National::None),
            Locale::PtBr => (*b"BR", BR, 15, National::Brazil),
            _ => return None,
        };
        Some(Iban {
            country,
            banks,
            digits,
            national,
        })
    }
}

/// Bank codes, and the BICs that belong to them (ISO 9362): eight characters for a head office, and three more for a
/// branch with a code of its own.
type Banks = &'static [(&'static str, &'static str)];

const DE: Banks = &[
    ("10010010", "PBNKDEFF"),
    ("10040010", "COBADEFF"),
    ("10070000", "DEUTDEBB"),
    ("12030000", "BYLADEM1001"),
    ("20050550", "HASPDEHH"),
    ("37050198", "COLSDE33"),
    ("43060967", "GENODEM1GLS"),
    ("50010517", "INGDDEFF"),
    ("50050201", "HELADEF1822"),
    ("60050101", "SOLADEST600"),
    ("70150000", "SSKMDEMM"),
];
const AT: Banks = &[
    ("12000", "BKAUATWW"),
    ("14000", "BAWAATWW"),
    ("15000", "OBKLAT2L"),
    ("20111", "GIBAATWW"),
    ("32000", "RLNWATWW"),
];
const CH: Banks = &[
    ("00230", "UBSWCHZH80A"),
    ("00700", "ZKBKCHZZ80A"),
    ("00769", "BLKBCH22"),
    ("00778", "LUKBCH2260A"),
    ("00790", "KBBECH22"),
    ("09000", "POFICHBE"),
];
const GB: Banks = &[
    ("ABBY", "ABBYGB2L"),
    ("BARC", "BARCGB22"),
    ("HBUK", "HBUKGB4B"),
    ("LOYD", "LOYDGB21"),
    ("NWBK", "NWBKGB2L"),
];
const FR: Banks = &[
    ("20041", "PSSTFRPP"),
    ("30002", "CRLYFRPP"),
    ("30003", "SOGEFRPP"),
    ("30004", "BNPAFRPP"),
];
const IT: Banks = &[
    ("01005", "BNLIITRR"),
    ("01030", "PASCITMM"),
    ("02008", "UNCRITMM"),
    ("03069", "BCITITMM"),
    ("05034", "BAPPIT21"),
    ("05387", "BPMOIT22"),
];
/// With the number of a branch.
const ES: Banks = &[
    ("00490001", "BSCHESMM"),
    ("00810001", "BSABESBB"),
    ("01280001", "BKBKESMM"),
    ("01820001", "BBVAESMM"),
    ("14650001", "INGDESMM"),
    ("21000001", "CAIXESBB"),
    ("21030001", "UCJAES2M"),
];
const NL: Banks = &[
    ("ABNA", "ABNANL2A"),
    ("ASNB", "ASNBNL21"),
    ("BUNQ", "BUNQNL2A"),
    ("INGB", "INGBNL2A"),
    ("KNAB", "KNABNL2H"),
    ("RABO", "RABONL2U"),
    ("SNSB", "SNSBNL2A"),
    ("TRIO", "TRIONL2U"),
];
const BR: Banks = &[
    ("00000000", "BRASBRRJ"),
    ("00360305", "CEFXBRSP"),
    ("60701190", "ITAUBRSP"),
    ("60746948", "BBDEBRSP"),
    ("90400888", "BSCHBRSP"),
];
