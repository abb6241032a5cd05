//! What a text looks like, told by its characters alone.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

/// What a text can be. The first that fits nearly all texts of a field is what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Uuid,
    Email,
    Url,
    Ip4,
    Ip6,
    Moment,
    /// A moment that does not say where.
    LocalMoment,
    Day,
    UserAgent,
    Mac,
    Iban,
    /// A payment card: its digits add up.
    Card,
    Currency,
    Country,
    Language,
    Phone,
    Hex,
    Base64,
}

type Test = fn(&str) -> bool;

/// All of them with what tells them, the surest first.
pub(super) const FORMATS: [(Format, Test); 18] = [
    (Format::Uuid, is_uuid),
    (Format::Email, is_email),
    (Format::Url, is_url),
    (Format::Ip4, |text| {
        text.parse::<std::net::Ipv4Addr>().is_ok()
    }),
    (Format::Ip6, |text| {
        text.parse::<std::net::Ipv6Addr>().is_ok()
    }),
    (Format::Moment, is_moment),
    (Format::LocalMoment, is_local_moment),
    (Format::Day, |text| day(text).is_some()),
    (Format::UserAgent, |text| {
        text.starts_with("Mozilla/") && text.contains('(')
    }),
    (Format::Mac, is_mac),
    (Format::Iban, is_iban),
    (Format::Card, is_card),
    (Format::Currency, |text| {
        CURRENCIES.split(' ').any(|it| it == text)
    }),
    (Format::Country, |text| {
        COUNTRIES.split(' ').any(|it| it == text)
    }),
    (Format::Language, is_language),
    (Format::Phone, is_phone),
    (Format::Hex, is_hex),
    (Format::Base64, is_base64),
];

impl Format {
    /// In words, for the table of what was recognised.
    pub(super) fn words(self) -> &'static str {
        match self {
            Format::Uuid => "a UUID",
            Format::Email => "an e-mail address",
            Format::Url => "a URL",
            Format::Ip4 => "an IPv4 address",
            Format::Ip6 => "an IPv6 address",
            Format::Moment => "a moment (RFC 3339)",
            Format::LocalMoment => "a moment without a time zone",
            Format::Day => "a day",
            Format::UserAgent => "a browser",
            Format::Mac => "a network card's address",
            Format::Iban => "a bank account (IBAN)",
            Format::Card => "a payment card's number",
            Format::Currency => "a currency (ISO 4217)",
            Format::Country => "a country (ISO 3166)",
            Format::Language => "a language tag",
            Format::Phone => "a telephone number",
            Format::Hex => "hexadecimal digits",
            Format::Base64 => "Base64",
        }
    }

    /// Whether its values are codes that somebody has published, and nobody's own.
    pub(super) fn is_public(self) -> bool {
        matches!(self, Format::Currency | Format::Country | Format::Language)
    }
}

/// A day as ISO 8601 has it.
pub(super) fn day(text: &str) -> Option<Date> {
    (text.len() == 10).then(|| text.parse().ok()).flatten()
}

fn is_moment(text: &str) -> bool {
    text.len() >= 17 && text.parse::<Timestamp>().is_ok()
}

fn is_local_moment(text: &str) -> bool {
    text.len() >= 16 && text.parse::<DateTime>().is_ok()
}

fn is_uuid(text: &str) -> bool {
    let is_dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let fits = |(at, byte): (usize, u8)| {
        if is_dash(at) {
            byte == b'-'
        } else {
            byte.is_ascii_hexdigit()
        }
    };
    text.len() == 36 && text.bytes().enumerate().all(fits)
}

fn is_email(text: &str) -> bool {
    let Some((user, host)) = text.rsplit_once('@') else {
        return false;
    };
    let is_name = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
    };
    let is_host = host.contains('.') && host.split('.').all(is_name);
    !user.is_empty() && !user.contains(char::is_whitespace) && is_host
}

fn is_url(text: &str) -> bool {
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    rest.is_some_and(|rest| rest.len() > 2 && !rest.contains(char::is_whitespace))
}

fn is_mac(text: &str) -> bool {
    let parts: Vec<_> = text.split([':', '-']).collect();
    let is_byte = |part: &&str| part.len() == 2 && part.bytes().all(|it| it.is_ascii_hexdigit());
    parts.len() == 6 && parts.iter().all(is_byte)
}

fn is_iban(text: &str) -> bool {
    let plain: String = text.chars().filter(|c| *c != ' ').collect();
    if !(15..=34).contains(&plain.len()) || !plain.bytes().all(|it| it.is_ascii_alphanumeric()) {
        return false;
    }
    let (front, rest) = plain.split_at(4);
    let fits = front.bytes().take(2).all(|it| it.is_ascii_uppercase())
        && front.bytes().skip(2).all(|it| it.is_ascii_digit());
    // ISO 13616: letters count as 10 to 35, and the remainder by 97 is 1.
    let digits = rest
        .chars()
        .chain(front.chars())
        .filter_map(|c| c.to_digit(36));
    let remainder = digits.fold(0_u32, |sum, digit| {
        (if digit > 9 { sum * 100 } else { sum * 10 } + digit) % 97
    });
    fits && remainder == 1
}

fn is_card(text: &str) -> bool {
    if !text
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-'))
    {
        return false;
    }
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    // ISO 7812: every second digit counts twice.
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, digit * 2) {
            (0, _) => *digit,
            (_, twice) => twice / 10 + twice % 10,
        })
        .sum();
    (13..=19).contains(&digits.len()) && sum.is_multiple_of(10)
}

fn is_language(text: &str) -> bool {
    let (language, region) = text.split_once(['-', '_']).unwrap_or((text, ""));
    let is_small = language.len() == 2 && language.bytes().all(|it| it.is_ascii_lowercase());
    let is_region = region.is_empty() || COUNTRIES.split(' ').any(|it| it == region);
    is_small && is_region && LANGUAGES.split(' ').any(|it| it == language)
}

fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_phone =
        |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')' | '/' | '.');
    let is_grouped = text.contains([' ', '-', '(', '/']) && text.starts_with(['(', '0', '1'])
        || grouped_as_in_america(text);
    (7..=15).contains(&digits)
        && text.chars().all(is_phone)
        && (text.starts_with('+') || is_grouped)
        && !is_dated(text)
}

/// `2026-02-31`: a day, or what somebody took for one.
fn is_dated(text: &str) -> bool {
    let groups: Vec<_> = text.split(['-', '/', '.']).map(str::len).collect();
    groups == [4, 2, 2] || groups == [2, 2, 4]
}

/// `555-123-4567`.
fn grouped_as_in_america(text: &str) -> bool {
    let groups: Vec<_> = text.split(['-', '.', ' ']).map(str::len).collect();
    groups == [3, 3, 4]
}

fn is_hex(text: &str) -> bool {
    let is_hex = text
        .bytes()
        .all(|it| it.is_ascii_digit() || matches!(it, b'a'..=b'f'))
        || text
            .bytes()
            .all(|it| it.is_ascii_digit() || matches!(it, b'A'..=b'F'));
    text.len() >= 8 && is_hex && text.bytes().any(|it| it.is_ascii_alphabetic())
}

fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let has = |test: fn(&u8) -> bool| body.as_bytes().iter().any(test);
    text.len() >= 16
        && text.len().is_multiple_of(4)
        && text.len() - body.len() <= 2
        && body
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || matches!(it, b'+' | b'/'))
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && (has(u8::is_ascii_digit) || text.ends_with('='))
}

/// ISO 3166-1.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO \
    BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH \
    ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL \
    IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME \
    MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH \
    PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC \
    TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// ISO 4217, those that people pay with.
const CURRENCIES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN \
    BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD \
    GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR \
    LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP \
    PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT TND TOP TRY \
    TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL";

/// ISO 639-1, those that software is translated to.
const LANGUAGES: &str = "af am ar az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl gu he hi hr hu hy id \
    is it ja ka kk km kn ko ky lo lt lv mk ml mn mr ms my nb ne nl nn no pa pl pt ro ru si sk sl sq sr sv sw ta te th \
    tl tr uk ur uz vi zh zu";

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> Option<Format> {
        FORMATS
            .iter()
            .find(|(_, test)| test(text))
            .map(|(format, _)| *format)
    }

    #[test]
    fn texts_are_told_by_their_looks() {
        for (text, format) in [
            ("0b0f8a50-3c1e-4a7e-9f57-0d1c7c9fd1d2", Format::Uuid),
            ("ada.lovelace+news@mail.example.com", Format::Email),
            ("jörg@bücher.example", Format::Email),
            ("https://example.com/a?b=c", Format::Url),
            ("192.0.2.7", Format::Ip4),
            ("2001:db8::7", Format::Ip6),
            ("2026-11-24T08:15:30.250Z", Format::Moment),
            ("2026-11-24T08:15:30+02:00", Format::Moment),
            ("2026-11-24 08:15:30", Format::LocalMoment),
            ("1987-02-28", Format::Day),
            ("Mozilla/5.0 (X11; Linux x86_64)", Format::UserAgent),
            ("00:1b:44:11:3a:b7", Format::Mac),
            ("DE89 3704 0044 0532 0130 00", Format::Iban),
            ("4111 1111 1111 1111", Format::Card),
            ("EUR", Format::Currency),
            ("DE", Format::Country),
            ("en-GB", Format::Language),
            ("+49 30 901820", Format::Phone),
            ("(555) 123-4567", Format::Phone),
            ("555-123-4567", Format::Phone),
            ("9e107d9d372bb6826bd81d3542a419d6", Format::Hex),
            ("SGVsbG8sIFdvcmxkIQ==", Format::Base64),
        ] {
            assert_eq!(first(text), Some(format), "{text}");
        }
    }

    #[test]
    fn other_texts_are_nothing_of_the_kind() {
        for text in [
            "",
            "gold",
            "ORD-000123",
            "Ada",
            "1987-02-31",
            "12.50",
            "not@home",
            "@",
            "a@b",
            "XX",
            "2026",
            "DE89 3704 0044 0532 0130 01",
            "deadbee",
            "Mozilla",
            "https://",
            "a b@example.com",
            "1-2-3",
        ] {
            assert_eq!(first(text), None, "{text}");
        }
    }
}
