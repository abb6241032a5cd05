//! Cars that are frequent in a country, and its number plates.

use super::Locale;

const VEHICLES: &str = include_str!("../../data/vehicles.txt");

/// A make's model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vehicle {
    pub(crate) make: &'static str,
    pub(crate) model: &'static str,
    /// World manufacturer identifier: the first three characters of its VIN (ISO 3780).
    pub(crate) maker: &'static str,
}

/// What Japanese plates begin with: places where cars are registered, and signs for private cars.
const PLACES_JA: &str = "品川 練馬 横浜 名古屋 なにわ 神戸 福岡 札幌 仙台 京都 千葉";
const SIGNS_JA: &str = "さすせそたちつてとなにぬねのはひふほまみむめもやゆらりるろ";
/// Letters of provinces in China and of private cars in Iran.
const PROVINCES_ZH: &str = "京沪粤苏浙川";
const LETTERS_FA: &str = "بجدسصطقلمنوهی";

impl Locale {
    /// The cars; those of the European Union where others are not known.
    pub(crate) fn vehicles(self) -> Vec<Vehicle> {
        let market = match self {
            Locale::En => 'A',
            Locale::EnGb | Locale::Cy => 'G',
            Locale::PtBr => 'B',
            Locale::Ja => 'J',
            _ => 'E',
        };
        let vehicles = VEHICLES.lines().filter_map(|line| {
            let mut columns = line.split(';');
            let markets = columns.next().filter(|it| !it.starts_with('#'))?;
            markets.contains(market).then_some(Vehicle {
                make: columns.next()?,
                model: columns.next()?,
                maker: columns.next()?,
            })
        });
        vehicles.collect()
    }

    /// The forms of its number plates, as regular expressions. Where a plate begins with a town, it is a large one,
    /// not that of the record's place.
    pub(crate) fn plates(self) -> Vec<String> {
        let expression = match self {
            // Two of the forms that many states have.
            Locale::En => "[A-Z]{3}-[0-9]{4}|[1-9][A-Z]{3}[0-9]{3}",
            // Since 2001: area, half-year, three letters.
            Locale::EnGb | Locale::Cy => {
                "[A-HK-PR-Y]{2}(0[2-9]|1[0-9]|2[0-6]|5[1-9]|6[0-9]|7[0-6]) [A-HJ-PR-Z]{3}"
            }
            Locale::De => "(B|M|HH|K|F|S|D|L|HB|N|DO|KA|MS|BN|AC|KI)-[A-Z]{1,2} [1-9][0-9]{1,3}",
            Locale::DeAt => "W-[1-9][0-9]{4}[A-Z]|(G|L|S|I|K|KL)-[1-9][0-9]{2}[A-Z]{2}",
            Locale::DeCh => "(ZH|BE|VD|AG|SG|GE|LU|VS|BS|BL|FR|TG) [1-9][0-9]{4,5}",
            // Without I, O and U.
            Locale::Fr => "[A-HJ-NP-TV-Z]{2}-[1-9][0-9]{2}-[A-HJ-NP-TV-Z]{2}",
            // Without I, O, Q and U.
            Locale::It => "[A-G][A-HJ-NPR-TV-Z][0-9]{3}[A-HJ-NPR-TV-Z]{2}",
            // Without vowels, Q and Ñ.
            Locale::Es => "[0-9]{4} [B-DF-HJ-NPR-TV-Z]{3}",
            // Without vowels, C, M, Q and W.
            Locale::Nl => "[GHJKLNPRSTXZ]-[1-9][0-9]{2}-[BDF-HJ-LNPR-TVXZ]{2}",
            // Mercosul's.
            Locale::PtBr => "[A-Z]{3}[0-9][A-Z][0-9]{2}",
            Locale::PtPt => "[A-Z]{2}-[0-9]{2}-[A-Z]{2}",
            Locale::Tr => "(0[1-9]|[1-7][0-9]|8[01]) [A-PR-VYZ]{2} [0-9]{3}",
            Locale::ZhTw => "[A-HJ-NP-Z]{3}-[0-9]{4}",
            Locale::Ar => "[A-Z]{3} [1-9][0-9]{3}",
            // Letters that are not ASCII stand in an expression of their own.
            Locale::Ja => {
                let of_place = |place| {
                    let plate =
                        move |sign| format!("{place} [35][0-9]{{2}} {sign} [1-9][0-9]-[0-9]{{2}}");
                    SIGNS_JA.chars().map(plate)
                };
                return PLACES_JA.split(' ').flat_map(of_place).collect();
            }
            Locale::ZhCn => {
                let plate = |province| format!("{province}[A-H][A-HJ-NP-Z0-9]{{5}}");
                return PROVINCES_ZH.chars().map(plate).collect();
            }
            Locale::Fa => {
                let plate = |letter| format!("[1-9]{{2}} {letter} [1-9]{{3}}-[1-9]{{2}}");
                return LETTERS_FA.chars().map(plate).collect();
            }
        };
        vec![expression.to_owned()]
    }
}
