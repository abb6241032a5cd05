//! Mistakes in templates and expressions: all at once, each at its place.

#[cfg(test)]
mod derived_problems {
    use options::Location;
    use records::RecordsOptions;
    use serde_json::json;

    // All mistakes, each at its place.
    #[test]
    fn mistakes_are_told_where_they_are() {
        let options: RecordsOptions = serde_json::from_value(json!({"fields": {
            "name": "word", "price": {"decimal": {"max": 9.99}}, "count": {"integer": {"max": 9}},
            "items": {"array": {"length": 2, "of": {"object": {"price": {"decimal": {"max": 9.99}}}}}},
            "o": {"object": {"in": "word"}},
            "unknown": {"template": "{nam}"},
            "unread": {"template": "{name"},
            "modifier": {"template": "{name|uper}"},
            "kind": {"template": "{:uid}"},
            "object": {"template": "{o} {items.price}"},
            "part": {"template": {"of": "{x}", "x": {"integer": {"min": 2, "max": 1}}}},
            "parse": {"compute": "price * * 2"},
            "field": {"compute": "prise * 2"},
            "types": {"compute": "name * price"},
            "mixed": {"compute": "name + 1"},
            "compared": {"compute": "name == 1"},
            "condition": {"compute": "price ? 1 : 2"},
            "zero": {"compute": "price / 0"},
            "maybe_zero": {"compute": "price / count"},
            "list": {"compute": "items.price + 1"},
            "no_list": {"compute": "sum(price)"},
            "function": {"compute": "flor(price)"},
            "macro": {"compute": "items.map(i, i.price)"},
            "digits": {"compute": {"of": "price", "digits": 12}},
            "text_digits": {"compute": {"of": "name + 'x'", "digits": 2}},
            "when": {"optional": {"of": "word", "when": "price"}},
            "itself": {"template": "{itself}"},
            "a": {"template": "{b}"}, "b": {"compute": "c + 1"}, "c": {"optional": {"of": "ordinal", "when": "a == 'x'"}},
            "leads_there": {"template": "{a}"},
        }}))
        .unwrap();
        let mut problems = Vec::new();
        options.problems(&Location::root().join("records"), &mut problems);
        let told: Vec<_> = problems
            .iter()
            .map(|problem| {
                let kind = if problem.is_warning {
                    "warning"
                } else {
                    "error"
                };
                let help = problem.help.as_deref().unwrap_or("-");
                format!("{kind} {}: {}\n      {help}", problem.at, problem.message)
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"));
    }
}
