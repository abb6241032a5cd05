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

type Banks = &'static [(&'static str, &'static str)];

const DE: Banks = &[
    ("10010010", "PBNKDEFFXXX"),
    ("10040010", "COBADEFFXXX"),
    ("10070000", "DEUTDEBBXXX"),
    ("12030000", "BYLADEM1001"),
    ("20050550", "HASPDEHHXXX"),
    ("37050198", "COLSDE33XXX"),
    ("43060967", "GENODEM1GLS"),
    ("50010517", "INGDDEFFXXX"),
    ("50050201", "HELADEF1822"),
    ("60050101", "SOLADEST600"),
    ("70150000", "SSKMDEMMXXX"),
];
const AT: Banks = &[
    ("12000", "BKAUATWWXXX"),
    ("14000", "BAWAATWWXXX"),
    ("15000", "OBKLAT2LXXX"),
    ("20111", "GIBAATWWXXX"),
    ("32000", "RLNWATWWXXX"),
];
const CH: Banks = &[
    ("00230", "UBSWCHZH80A"),
    ("00700", "ZKBKCHZZ80A"),
    ("00769", "BLKBCH22XXX"),
    ("00778", "LUKBCH2260A"),
    ("00790", "KBBECH22XXX"),
    ("09000", "POFICHBEXXX"),
];
const GB: Banks = &[
    ("ABBY", "ABBYGB2LXXX"),
    ("BARC", "BARCGB22XXX"),
    ("HBUK", "HBUKGB4BXXX"),
    ("LOYD", "LOYDGB21XXX"),
    ("NWBK", "NWBKGB2LXXX"),
];
const FR: Banks = &[
    ("20041", "PSSTFRPPXXX"),
    ("30002", "CRLYFRPPXXX"),
    ("30003", "SOGEFRPPXXX"),
    ("30004", "BNPAFRPPXXX"),
];
const IT: Banks = &[
    ("01005", "BNLIITRRXXX"),
    ("01030", "PASCITMMXXX"),
    ("02008", "UNCRITMMXXX"),
    ("03069", "BCITITMMXXX"),
    ("05034", "BAPPIT21XXX"),
    ("05387", "BPMOIT22XXX"),
];
/// With the number of a branch.
const ES: Banks = &[
    ("00490001", "BSCHESMMXXX"),
    ("00810001", "BSABESBBXXX"),
    ("01280001", "BKBKESMMXXX"),
    ("01820001", "BBVAESMMXXX"),
    ("14650001", "INGDESMMXXX"),
    ("21000001", "CAIXESBBXXX"),
    ("21030001", "UCJAES2MXXX"),
];
const NL: Banks = &[
    ("ABNA", "ABNANL2AXXX"),
    ("ASNB", "ASNBNL21XXX"),
    ("BUNQ", "BUNQNL2AXXX"),
    ("INGB", "INGBNL2AXXX"),
    ("KNAB", "KNABNL2HXXX"),
    ("RABO", "RABONL2UXXX"),
    ("SNSB", "SNSBNL2AXXX"),
    ("TRIO", "TRIONL2UXXX"),
];
const BR: Banks = &[
    ("00000000", "BRASBRRJXXX"),
    ("00360305", "CEFXBRSPXXX"),
    ("60701190", "ITAUBRSPXXX"),
    ("60746948", "BBDEBRSPXXX"),
    ("90400888", "BSCHBRSPXXX"),
];
