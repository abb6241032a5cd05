//! Pearson's test of counts against shares, for tests with fixed seeds.

/// The counts come from the shares (which need not add up to 1), by Pearson's test at a level of 0.1 %: the
/// critical value is Wilson and Hilferty's approximation of the chi-square distribution's quantile.
pub(crate) fn assert_fits(counts: &[u64], shares: &[f64]) {
    let (total, whole): (u64, f64) = (counts.iter().sum(), shares.iter().sum());
    let (mut statistic, mut cells) = (0.0, 0);
    // Cells that expect less than five are taken together, as the test asks for.
    let (mut few, mut few_expected) = (0, 0.0);
    let mut add = |count: f64, expected: f64| {
        statistic += (count - expected) * (count - expected) / expected;
        cells += 1;
    };
    for (count, share) in counts.iter().zip(shares) {
        let expected = share / whole * total as f64;
        if expected < 5.0 {
            (few, few_expected) = (few + count, few_expected + expected);
        } else {
            add(*count as f64, expected);
        }
    }
    if few_expected >= 5.0 {
        add(few as f64, few_expected);
    } else {
        assert!(few < 25, "{few} where {few_expected} are expected");
    }
    assert!(cells > 1, "there is nothing to compare");
    let degrees = f64::from(cells - 1);
    // The normal distribution's quantile of 99.9 %.
    let z = 3.0902;
    let term = 2.0 / (9.0 * degrees);
    let critical = degrees * (1.0 - term + z * term.sqrt()).powi(3);
    assert!(
        statistic < critical,
        "chi-square {statistic:.1} is above {critical:.1} ({degrees} degrees of freedom): {counts:?}"
    );
}

#[test]
fn counts_that_do_not_fit_fail() {
    assert_fits(&[100, 105, 96], &[1.0, 1.0, 1.0]);
    assert!(std::panic::catch_unwind(|| assert_fits(&[100, 160, 96], &[1.0, 1.0, 1.0])).is_err());
}
