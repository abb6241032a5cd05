//! Numbers have the distributions that they are said to have. The seed is fixed, so a test always comes to the same
//! result; at the level of one in a thousand, a sound implementation would fail one seed in a thousand.

#[cfg(test)]
mod drawn {
    use std::sync::Arc;

    use options::Location;
    use records::{Context, RecordsOptions, Steps, Template};
    use serde_json::{Value, json};

    const RECORDS: u64 = 40_000;
    /// Of Kolmogorov and Smirnov's statistic times the root of the count, at the level 0.001.
    const KS: f64 = 1.95;

    fn template(fields: &Value) -> Template {
        let options = json!({ "fields": fields });
        let options: RecordsOptions = serde_json::from_value(options).unwrap();
        let mut problems = Vec::new();
        options.problems(&Location::root(), &mut problems);
        assert_eq!(problems, []);
        let context = Context {
            seed: 42,
            stream: "s".to_owned(),
            start_unix_nanos: 0,
            event_times: Arc::new(Steps(1)),
        };
        Template::compile(&options, &context).unwrap()
    }

    fn values<const N: usize>(fields: &Value, names: [&str; N]) -> [Vec<f64>; N] {
        let template = template(fields);
        let mut columns = [(); N].map(|()| Vec::new());
        let mut bytes = Vec::new();
        for n in 0..RECORDS {
            bytes.clear();
            template.record(n, &mut bytes);
            let record: Value = serde_json::from_slice(&bytes).unwrap();
            for (column, name) in columns.iter_mut().zip(names) {
                column.push(record[name].as_f64().unwrap());
            }
        }
        columns
    }

    /// Values of a decimal from `min` to `max` follow the distribution function, of what lies in between.
    fn follows(distribution: &Value, (min, max): (f64, f64), below: impl Fn(f64) -> f64) {
        let field =
            json!({"decimal": {"min": min, "max": max, "digits": 4, "distribution": distribution}});
        let [mut values] = values(&json!({ "x": field }), ["x"]);
        values.sort_by(f64::total_cmp);
        assert!(values[0] >= min && values[values.len() - 1] <= max);
        let (first, last) = (below(min), below(max));
        let count = values.len() as f64;
        let distance = values.iter().enumerate().map(|(index, value)| {
            let expected = (below(*value) - first) / (last - first);
            let index = index as f64;
            (expected - index / count).max((index + 1.0) / count - expected)
        });
        let distance = distance.fold(0.0, f64::max) * count.sqrt();
        assert!(distance < KS, "{distribution}: {distance}");
    }

    fn normal(z: f64) -> f64 {
        0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
    }

    #[test]
    fn numbers_with_decimal_places_follow_their_distribution() {
        let bell = |x: f64| normal((x - 50.0) / 12.0);
        let distribution = json!({"normal": {"mean": 50.0, "deviation": 12.0}});
        follows(&distribution, (0.0, 100.0), bell);
        // Cut off closely, on one side.
        follows(&distribution, (45.0, 51.0), bell);
        let distribution = json!({"log_normal": {"median": 30.0, "sigma": 0.8}});
        follows(&distribution, (0.0, 2000.0), |x| {
            normal((x / 30.0).ln() / 0.8)
        });
        let distribution = json!({"exponential": {"mean": 20.0}});
        follows(&distribution, (0.0, 1e4), |x| 1.0 - (-x / 20.0).exp());
        follows(&distribution, (10.0, 40.0), |x| 1.0 - (-x / 20.0).exp());
        let distribution = json!({"pareto": {"minimum": 3.0, "shape": 1.16}});
        follows(&distribution, (1.0, 1e9), |x| {
            1.0 - (3.0 / x.max(3.0)).powf(1.16)
        });
        follows(&json!("uniform"), (-5.0, 5.0), |x| x);
        let histogram = json!({"histogram": [{"from": 10, "to": 20, "weight": 3}, {"from": 0, "to": 4, "weight": 1}]});
        follows(&histogram, (0.0, 20.0), |x| {
            x.min(4.0) / 16.0 + 0.75 * (x - 10.0).max(0.0) / 10.0
        });
    }

    /// Whole numbers from `min` on have these weights: Pearson's chi-square at the level 0.001, by the approximation
    /// of Wilson and Hilferty. Values with few records are counted together.
    fn has_weights(distribution: &Value, min: i64, weights: &[f64]) {
        let max = min + weights.len() as i64 - 1;
        let field = json!({"integer": {"min": min, "max": max, "distribution": distribution}});
        let [values] = values(&json!({ "x": field }), ["x"]);
        let mut counts = vec![0.0; weights.len()];
        for value in values {
            counts[(value as i64 - min) as usize] += 1.0;
        }
        let sum: f64 = weights.iter().sum();
        let (mut expected, mut counted) = (0.0, 0.0);
        let (mut square, mut classes) = (0.0, 0);
        for (index, (weight, count)) in weights.iter().zip(&counts).enumerate() {
            expected += weight / sum * RECORDS as f64;
            counted += count;
            let rest: f64 = weights[index + 1..].iter().sum::<f64>() / sum * RECORDS as f64;
            if expected >= 10.0 && (rest >= 10.0 || rest == 0.0) {
                square += (counted - expected).powi(2) / expected;
                (expected, counted) = (0.0, 0.0);
                classes += 1;
            }
        }
        if expected > 0.0 {
            square += (counted - expected).powi(2) / expected;
            classes += 1;
        }
        let freedom = f64::from(classes - 1);
        let part = 2.0 / (9.0 * freedom);
        let limit = freedom * (1.0 - part + 3.09 * part.sqrt()).powi(3);
        assert!(
            square < limit,
            "{distribution}: {square} of {limit}, {classes} classes"
        );
    }

    #[test]
    fn whole_numbers_have_their_weights() {
        let poisson = |mean: f64, last: usize| {
            let mut weight = 1.0;
            (0..=last)
                .map(|count| {
                    if count > 0 {
                        weight *= mean / count as f64;
                    }
                    weight
                })
                .collect::<Vec<_>>()
        };
        has_weights(&json!({"poisson": {"mean": 2.5}}), 0, &poisson(2.5, 40));
        has_weights(&json!({"poisson": {"mean": 30.0}}), 0, &poisson(30.0, 35));
        for exponent in [1.0, 0.7, 1.5] {
            let weights: Vec<f64> = (1..=50_000)
                .map(|rank| f64::from(rank).powf(-exponent))
                .collect();
            has_weights(&json!({"zipf": {"exponent": exponent}}), 7, &weights);
        }
        // Few enough for every value to have a line of its own.
        for (exponent, count) in [(0.5, 4_096), (2.0, 3), (1.0, 3)] {
            let weights = (1..=count).map(|rank| f64::from(rank).powf(-exponent));
            let weights: Vec<f64> = weights.collect();
            has_weights(&json!({"zipf": {"exponent": exponent}}), 1, &weights);
        }
        let bell: Vec<f64> = (0..=20)
            .map(|x| {
                let z = |x: f64| normal((x - 8.3) / 3.0);
                z(f64::from(x) + 0.5) - z(f64::from(x) - 0.5)
            })
            .collect();
        has_weights(
            &json!({"normal": {"mean": 8.3, "deviation": 3.0}}),
            0,
            &bell,
        );
        let histogram = json!({"histogram": [{"from": 1, "weight": 6}, {"from": 2, "to": 3, "weight": 3}, {"from": 5, "weight": 1}]});
        has_weights(&histogram, 1, &[6.0, 1.5, 1.5, 0.0, 1.0]);
    }

    /// Pearson's correlation.
    fn correlation(xs: &[f64], ys: &[f64]) -> f64 {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let (x, y) = (mean(xs), mean(ys));
        let product = |a: &[f64], a0: f64, b: &[f64], b0: f64| {
            let products = a.iter().zip(b).map(|(a, b)| (a - a0) * (b - b0));
            products.sum::<f64>()
        };
        product(xs, x, ys, y) / (product(xs, x, xs, x) * product(ys, y, ys, y)).sqrt()
    }

    #[test]
    fn what_goes_along_with_another_number_keeps_its_own_distribution() {
        let bell = |mean: f64| json!({"normal": {"mean": mean, "deviation": mean / 10.0}});
        for by in [0.8, -0.5, 1.0, 0.0] {
            let correlate = json!({"with": "height", "by": by});
            let fields = json!({
                "height": {"decimal": {"max": 300.0, "distribution": bell(170.0)}},
                "weight": {"decimal": {"max": 300.0, "distribution": bell(70.0), "correlate": correlate}},
                "rank": {"integer": {"min": 1, "max": 1000, "correlate": correlate}},
            });
            let [height, mut weight, rank] = values(&fields, ["height", "weight", "rank"]);
            let measured = correlation(&height, &weight);
            // Four standard errors, with room for what rounding to two places takes away.
            let error = 4.0 * (1.0 - by * by) / (RECORDS as f64).sqrt() + 1e-4;
            assert!((measured - by).abs() < error, "{by}: {measured}");
            // Of a uniform and a normal number: by · √(3/π).
            let measured = correlation(&height, &rank);
            let expected = by * (3.0 / std::f64::consts::PI).sqrt();
            assert!((measured - expected).abs() < 0.02, "{by}: {measured}");
            weight.sort_by(f64::total_cmp);
            let distance = weight.iter().enumerate().map(|(index, value)| {
                (normal((value - 70.0) / 7.0) - (index as f64 + 0.5) / RECORDS as f64).abs()
            });
            let distance = distance.fold(0.0, f64::max) * (RECORDS as f64).sqrt();
            assert!(distance < KS, "{by}: {distance}");
        }
    }

    #[test]
    fn impossible_parameters_are_told_with_their_place() {
        let mut found = Vec::new();
        let fields = json!({
            "a": {"integer": {"max": 9, "distribution": {"normal": {"mean": 20, "deviation": 0}}}},
            "b": {"decimal": {"max": 9, "distribution": {"poisson": {"mean": 3}}}},
            "c": {"integer": {"max": 9, "distribution": {"histogram": []}}},
            "d": {"integer": {"max": 9, "distribution": {"histogram": [
                {"from": 3, "to": 1, "weight": 1}, {"from": 8, "to": 10, "weight": -1}]}}},
            "e": {"integer": {"max": 9, "correlate": {"with": "e", "by": 2}}},
            "f": {"integer": {"max": 9, "correlate": {"with": "aa", "by": 0.5}}},
            "g": {"integer": {"max": 9, "correlate": {"with": "h", "by": 0.5}}},
            "h": {"optional": {"of": {"decimal": {"max": 9, "correlate": {"with": "g", "by": 0.5}}}}},
            "i": {"integer": {"max": 9, "correlate": {"with": "j", "by": 0.5}}},
            "j": "word",
            "k": {"integer": {"max": 9, "distribution": {"log_normal": {"median": -1, "sigma": 1}}}},
            "l": {"integer": {"max": i64::MAX, "distribution": {"zipf": {"exponent": 1}}}},
        });
        let options: RecordsOptions = serde_json::from_value(json!({ "fields": fields })).unwrap();
        options.problems(&Location::root().join("records"), &mut found);
        let lines = found.iter().map(|problem| {
            let help = problem.help.as_deref().unwrap_or_default();
            format!("{}: {} ({help})", problem.at, problem.message)
        });
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
    }
}
