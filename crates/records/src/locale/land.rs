//! What is so in a country.
//!
//! Telephone numbers are those that a country's regulator keeps free for films and books, where it does: 555-01xx in
//! the United States (ATIS), Ofcom's in the United Kingdom, the Bundesnetzagentur's in Germany for mobile telephones
//! and five cities, the Arcep's in France. Elsewhere they have the form of the numbering plan, and may be somebody's.

use super::Locale;

/// What is so in the country of any locale.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Country {
    /// In the locale's words.
    pub(crate) name: &'static str,
    /// ISO 3166-1, two letters.
    pub(crate) code: &'static str,
    /// ISO 4217.
    pub(crate) currency: &'static str,
    /// BCP 47.
    pub(crate) language: &'static str,
}

/// What is known of a country that has tables of its own. In layouts a word in braces stands for a part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Land {
    pub(super) words: &'static str,
    pub(super) places: &'static str,
    /// How a woman's and a man's name are addressed on an envelope.
    pub(crate) titles: [&'static str; 2],
    /// How a letter to her or him begins.
    pub(crate) salutations: [&'static str; 2],
    pub(crate) name: &'static str,
    pub(crate) street: &'static str,
    /// The whole address in one line.
    pub(crate) address: &'static str,
    pub(crate) house_numbers: (i64, i64),
    /// Patterns of mobile numbers; none: they have the area codes of towns.
    pub(crate) mobile: &'static [&'static str],
    /// How a town's number becomes one of a mobile telephone, if those have area codes.
    pub(crate) from_landline: (&'static str, &'static str),
}

macro_rules! land {
    ($name:literal, $($field:ident: $value:expr,)+) => {
        const {
            &Land {
                words: include_str!(concat!("../../data/", $name, ".txt")),
                places: include_str!(concat!("../../data/", $name, ".csv")),
                $($field: $value,)+
                ..EUROPE
            }
        }
    };
}

/// What most of Europe has in common.
const EUROPE: Land = Land {
    words: "",
    places: "",
    titles: [""; 2],
    salutations: [""; 2],
    name: "{first} {last}",
    street: "{road} {number}",
    address: "{street}, {postcode} {city}",
    house_numbers: (1, 120),
    mobile: &[],
    from_landline: ("", ""),
};

/// <https://www.bundesnetzagentur.de>, numbers for use in media ("Drama Numbers").
const MOBILE_DE: &[&str] = &["+49 171 39200##", "+49 176 040690##"];
const MOBILE_AT: &[&str] = &["+43 664 ^######", "+43 676 ^######"];
const MOBILE_CH: &[&str] = &["+41 76 ^## ## ##", "+41 78 ^## ## ##", "+41 79 ^## ## ##"];
const MOBILE_IT: &[&str] = &["+39 328 ^######", "+39 333 ^######", "+39 347 ^######"];

impl Locale {
    /// What is known of its country, where tables of our own are.
    pub(crate) fn land(self) -> Option<&'static Land> {
        Some(match self {
            Locale::En => land!("en",
                titles: ["Ms.", "Mr."],
                salutations: ["Dear Ms. {last},", "Dear Mr. {last},"],
                street: "{number} {road}",
                address: "{street}, {city}, {state_code} {postcode}",
                house_numbers: (10, 9899),
            ),
            Locale::EnGb => land!("en_gb",
                titles: ["Ms", "Mr"],
                salutations: ["Dear Ms {last},", "Dear Mr {last},"],
                street: "{number} {road}",
                address: "{street}, {city}, {postcode}",
                mobile: &["+44 7700 900###"],
            ),
            Locale::De => land!("de",
                titles: ["Frau", "Herr"],
                salutations: ["Sehr geehrte Frau {last},", "Sehr geehrter Herr {last},"],
                mobile: MOBILE_DE,
            ),
            Locale::DeAt => land!("de_at",
                titles: ["Frau", "Herr"],
                salutations: ["Sehr geehrte Frau {last},", "Sehr geehrter Herr {last},"],
                mobile: MOBILE_AT,
            ),
            Locale::DeCh => land!("de_ch",
                titles: ["Frau", "Herr"],
                salutations: ["Sehr geehrte Frau {last}", "Sehr geehrter Herr {last}"],
                mobile: MOBILE_CH,
            ),
            Locale::Fr => land!("fr",
                titles: ["Mme", "M."],
                salutations: ["Madame {last},", "Monsieur {last},"],
                street: "{number} {road}",
                mobile: &["+33 6 39 98 ## ##"],
            ),
            Locale::It => land!("it",
                titles: ["Sig.ra", "Sig."],
                salutations: ["Gentile Signora {last},", "Gentile Signor {last},"],
                street: "{road}, {number}",
                address: "{street}, {postcode} {city} {state_code}",
                mobile: MOBILE_IT,
            ),
            Locale::Es => land!("es",
                titles: ["Sra.", "Sr."],
                salutations: ["Estimada Sra. {last}:", "Estimado Sr. {last}:"],
                name: "{first} {last} {second}",
                street: "{road}, {number}",
                mobile: &["+34 6^# ### ###"],
            ),
            Locale::Nl => land!("nl",
                titles: ["Mevr.", "Dhr."],
                salutations: ["Geachte mevrouw {Last},", "Geachte heer {Last},"],
                mobile: &["+31 6 1# ######", "+31 6 2# ######"],
            ),
            Locale::PtBr => land!("pt_br",
                titles: ["Sra.", "Sr."],
                salutations: ["Prezada Sra. {last},", "Prezado Sr. {last},"],
                street: "{road}, {number}",
                address: "{street}, {city} - {state_code}, {postcode}",
                house_numbers: (10, 2999),
                from_landline: ("3###-", "9^###-"),
            ),
            Locale::Ja => land!("ja",
                titles: ["様", "様"],
                salutations: ["{last}様", "{last}様"],
                name: "{last} {first}",
                street: "{part}{block}丁目{number}-{house}",
                address: "〒{postcode} {state}{city}{street}",
                house_numbers: (1, 20),
                mobile: &["+81 90-^###-####", "+81 80-^###-####"],
            ),
            Locale::Ar
            | Locale::Cy
            | Locale::Fa
            | Locale::PtPt
            | Locale::Tr
            | Locale::ZhCn
            | Locale::ZhTw => return None,
        })
    }

    pub(crate) fn country(self) -> Country {
        let (name, code, currency, language) = match self {
            Locale::En => ("United States", "US", "USD", "en-US"),
            Locale::EnGb => ("United Kingdom", "GB", "GBP", "en-GB"),
            Locale::De => ("Deutschland", "DE", "EUR", "de-DE"),
            Locale::DeAt => ("Österreich", "AT", "EUR", "de-AT"),
            Locale::DeCh => ("Schweiz", "CH", "CHF", "de-CH"),
            Locale::Fr => ("France", "FR", "EUR", "fr-FR"),
            Locale::It => ("Italia", "IT", "EUR", "it-IT"),
            Locale::Es => ("España", "ES", "EUR", "es-ES"),
            Locale::Nl => ("Nederland", "NL", "EUR", "nl-NL"),
            Locale::PtBr => ("Brasil", "BR", "BRL", "pt-BR"),
            Locale::Ja => ("日本", "JP", "JPY", "ja-JP"),
            Locale::Ar => ("المملكة العربية السعودية", "SA", "SAR", "ar-SA"),
            Locale::Cy => ("Y Deyrnas Unedig", "GB", "GBP", "cy-GB"),
            Locale::Fa => ("ایران", "IR", "IRR", "fa-IR"),
            Locale::PtPt => ("Portugal", "PT", "EUR", "pt-PT"),
            Locale::Tr => ("Türkiye", "TR", "TRY", "tr-TR"),
            Locale::ZhCn => ("中国", "CN", "CNY", "zh-CN"),
            Locale::ZhTw => ("台灣", "TW", "TWD", "zh-TW"),
        };
        Country {
            name,
            code,
            currency,
            language,
        }
    }
}
