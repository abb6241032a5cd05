//! `fake`'s tables, by locale.

use fake::faker::address::raw::{CityName, StreetName};
use fake::faker::company::raw::CompanyName;
use fake::faker::job::raw::Title;
use fake::faker::lorem::raw::Sentence;
use fake::locales::{
    AR_SA, CY_GB, DE_DE, Data, EN, FA_IR, FR_FR, IT_IT, JA_JP, NL_NL, PT_BR, PT_PT, TR_TR, ZH_CN,
    ZH_TW,
};
use fake::{Dummy, Fake as _};

use super::Locale;
use crate::random::TableRng;

/// How many entries a table has whose entries are put together from several words.
const COMPOSED: usize = 2048;

/// The tables of a locale: those of `fake` as they are, and functions for what `fake` puts
/// together.
pub(crate) struct Fake {
    pub(crate) first_names: &'static [&'static str],
    pub(crate) last_names: &'static [&'static str],
    pub(crate) states: &'static [&'static str],
    pub(crate) words: &'static [&'static str],
    pub(crate) phones: &'static [&'static str],
    pub(crate) postcodes: &'static [&'static str],
    pub(crate) cities: fn() -> Vec<String>,
    pub(crate) streets: fn() -> Vec<String>,
    pub(crate) companies: fn() -> Vec<String>,
    pub(crate) job_titles: fn() -> Vec<String>,
    pub(crate) sentences: fn() -> Vec<String>,
    /// Whether a house number stands in front of its street.
    pub(crate) number_first: bool,
}

/// Entries put together by one of `fake`'s fakers, always the same.
fn composed<F>(name: &str, faker: &F) -> Vec<String>
where
    String: Dummy<F>,
{
    let mut rng = TableRng::new(name);
    (0..COMPOSED)
        .map(|_| faker.fake_with_rng(&mut rng))
        .collect()
}

macro_rules! tables {
    ($locale:expr, $data:ty) => {
        Fake {
            first_names: <$data as Data>::NAME_FIRST_NAME,
            last_names: <$data as Data>::NAME_LAST_NAME,
            states: <$data as Data>::ADDRESS_STATE,
            words: <$data as Data>::LOREM_WORD,
            phones: <$data as Data>::PHONE_CELL_NUMBER_FORMATS,
            postcodes: postcodes::<$data>(),
            cities: || composed("city", &CityName($locale)),
            streets: || composed("street", &StreetName($locale)),
            companies: || composed("company", &CompanyName($locale)),
            job_titles: || composed("job_title", &Title($locale)),
            sentences: || composed("sentence", &Sentence($locale, 4..11)),
            number_first: false,
        }
    };
}

/// The formats of postcodes. `fake` has two lists of them and most locales fill in one; where that
/// is the ZIP list, the other one is still the American default.
fn postcodes<L: Data>() -> &'static [&'static str] {
    if L::ADDRESS_POSTCODE_FORMATS == EN::ADDRESS_POSTCODE_FORMATS
        && L::ADDRESS_ZIP_FORMATS != EN::ADDRESS_ZIP_FORMATS
    {
        L::ADDRESS_ZIP_FORMATS
    } else {
        L::ADDRESS_POSTCODE_FORMATS
    }
}

impl Locale {
    /// `fake`'s tables of this locale. Its Spanish is that of no country, and has what English has.
    pub(super) fn fake(self) -> Fake {
        match self {
            Locale::En | Locale::EnGb | Locale::Es => tables!(EN, EN),
            Locale::De | Locale::DeAt | Locale::DeCh => tables!(DE_DE, DE_DE),
            Locale::Fr => tables!(FR_FR, FR_FR),
            Locale::It => tables!(IT_IT, IT_IT),
            Locale::Nl => tables!(NL_NL, NL_NL),
            Locale::PtBr => tables!(PT_BR, PT_BR),
            Locale::Ja => tables!(JA_JP, JA_JP),
            Locale::Ar => tables!(AR_SA, AR_SA),
            Locale::Cy => Fake {
                number_first: true,
                ..tables!(CY_GB, CY_GB)
            },
            Locale::Fa => tables!(FA_IR, FA_IR),
            Locale::PtPt => tables!(PT_PT, PT_PT),
            Locale::Tr => tables!(TR_TR, TR_TR),
            Locale::ZhCn => tables!(ZH_CN, ZH_CN),
            Locale::ZhTw => tables!(ZH_TW, ZH_TW),
        }
    }
}
