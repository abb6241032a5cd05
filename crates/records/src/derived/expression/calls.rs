//! Operators and functions.

use cel::common::ast::{CallExpr, Expr, IdedExpr, operators};

use super::{At, Flaw, Node, Reading, Summing, Type};
use crate::FieldOptions;
use crate::derived::number::Number;
use crate::derived::scope::Found;

/// Decimal places of a quotient.
const QUOTIENT: u8 = 6;

/// The functions there are, for messages.
const FUNCTIONS: &[&str] = &[
    "abs",
    "ceil",
    "contains",
    "endsWith",
    "floor",
    "has",
    "max",
    "min",
    "round",
    "size",
    "startsWith",
    "string",
    "sum",
];

impl Reading<'_> {
    pub(super) fn call(&mut self, part: &IdedExpr, call: &CallExpr) -> (At, Type) {
        let args: Vec<&IdedExpr> = call
            .target
            .as_deref()
            .into_iter()
            .chain(&call.args)
            .collect();
        match (&*call.func_name, &args[..]) {
            (operators::CONDITIONAL, [condition, yes, no]) => self.condition(condition, yes, no),
            (operators::LOGICAL_NOT, [of]) => {
                let of = self.truth(of);
                (self.add(Node::Not(of)), Type::Truth)
            }
            (operators::LOGICAL_AND, all) => self.chain(all, Node::And),
            (operators::LOGICAL_OR, all) => self.chain(all, Node::Or),
            (operators::NEGATE, [of]) => {
                let (of, scale) = self.numeric(of);
                (self.add(Node::Negated(of)), Type::Number(scale))
            }
            (operators::EQUALS, [a, b]) => self.equal(part, a, b, false),
            (operators::NOT_EQUALS, [a, b]) => self.equal(part, a, b, true),
            (operators::LESS, [a, b]) => self.order(part, a, b, Node::Less),
            (operators::LESS_EQUALS, [a, b]) => self.order(part, a, b, Node::LessOrEqual),
            (operators::GREATER, [a, b]) => self.order(part, b, a, Node::Less),
            (operators::GREATER_EQUALS, [a, b]) => self.order(part, b, a, Node::LessOrEqual),
            (operators::ADD, [a, b]) => self.add_or_join(part, a, b),
            (operators::SUBSTRACT, [a, b]) => {
                let ((a, one), (b, other)) = (self.numeric(a), self.numeric(b));
                let b = self.add(Node::Negated(b));
                (self.add(Node::Add(a, b)), Type::Number(wider(one, other)))
            }
            (operators::MULTIPLY, [a, b]) => {
                let ((a, one), (b, other)) = (self.numeric(a), self.numeric(b));
                let scale = one.zip(other).map(|(a, b)| a.saturating_add(b));
                (self.add(Node::Times(a, b)), Type::Number(scale))
            }
            (operators::DIVIDE, [a, b]) => {
                let (a, (divisor, _)) = (self.numeric(a).0, self.numeric(b));
                self.divisor(b, divisor);
                (self.add(Node::By(a, divisor)), Type::Number(Some(QUOTIENT)))
            }
            (operators::MODULO, [a, b]) => {
                let ((a, one), (divisor, other)) = (self.numeric(a), self.numeric(b));
                self.divisor(b, divisor);
                (
                    self.add(Node::Rest(a, divisor)),
                    Type::Number(wider(one, other)),
                )
            }
            (operators::IN, [of, list]) => self.is_in(part, of, list),
            (name, args) => self.function(part, name, args),
        }
    }

    fn function(&mut self, part: &IdedExpr, name: &str, args: &[&IdedExpr]) -> (At, Type) {
        match (name, args) {
            ("min", [first, rest @ ..]) => self.extreme(first, rest, Node::Min),
            ("max", [first, rest @ ..]) => self.extreme(first, rest, Node::Max),
            ("floor", [of]) => {
                let of = self.numeric(of).0;
                (self.add(Node::Floor(of)), Type::Number(Some(0)))
            }
            ("ceil", [of]) => {
                let of = self.numeric(of).0;
                (self.add(Node::Ceil(of)), Type::Number(Some(0)))
            }
            ("abs", [of]) => {
                let (of, scale) = self.numeric(of);
                (self.add(Node::Absolute(of)), Type::Number(scale))
            }
            ("round", [of]) => self.round(of, 0),
            ("round", [of, digits]) => {
                let (digits_at, _) = self.node(digits);
                match self.expression.nodes[digits_at as usize] {
                    Node::Number(Number {
                        mantissa: digits @ 0..=9,
                        scale: 0,
                    }) => self.round(of, digits as u8),
                    _ => self.flaw(digits, "`round` takes a number of digits from 0 to 9", None),
                }
            }
            ("size", [of]) => self.size(of),
            ("sum", [of]) => self.sum(part, of),
            ("string", [of]) => {
                let (of, kind) = self.node(of);
                let node = if kind == Type::Text {
                    of
                } else {
                    self.add(Node::AsText(of))
                };
                (node, Type::Text)
            }
            ("startsWith", [of, what]) => self.search(of, what, Node::StartsWith),
            ("endsWith", [of, what]) => self.search(of, what, Node::EndsWith),
            ("contains", [of, what]) => self.search(of, what, Node::Contains),
            _ if FUNCTIONS.contains(&name) => self.flaw(
                part,
                format!("`{name}` takes another number of values"),
                None,
            ),
            _ => {
                let near = options::suggest(name, FUNCTIONS.iter().copied());
                let help = near.map_or_else(
                    || format!("there are `{}`", FUNCTIONS.join("`, `")),
                    |near| format!("did you mean `{near}`?"),
                );
                self.flaw(part, format!("there is no function `{name}`"), Some(help))
            }
        }
    }

    /// A part that has to be of one of the kinds.
    fn wanted(&mut self, part: &IdedExpr, is_wanted: fn(Type) -> bool, words: &str) -> (At, Type) {
        let (at, kind) = self.node(part);
        if is_wanted(kind) || matches!(kind, Type::Any | Type::Null) {
            return (at, kind);
        }
        let what = self.excerpt(part);
        self.flaw(
            part,
            format!("{what} is {}, not {words}", kind.words()),
            None,
        )
    }

    fn numeric(&mut self, part: &IdedExpr) -> (At, Option<u8>) {
        match self.wanted(part, |kind| matches!(kind, Type::Number(_)), "a number") {
            (at, Type::Number(scale)) => (at, scale),
            (at, _) => (at, None),
        }
    }

    fn truth(&mut self, part: &IdedExpr) -> At {
        self.wanted(part, |kind| kind == Type::Truth, "true or false")
            .0
    }

    fn textual(&mut self, part: &IdedExpr) -> At {
        self.wanted(part, |kind| kind == Type::Text, "a text").0
    }

    /// What a part looks like: a field's name or the part's first words.
    fn excerpt(&self, part: &IdedExpr) -> String {
        let range = self.source.offset_for(part.id);
        let written = range.and_then(|(start, stop)| {
            let text = self.text.chars().skip(start as usize);
            let text: String = text
                .take((stop + 1).saturating_sub(start) as usize)
                .collect();
            (!text.is_empty()).then(|| format!("`{text}`"))
        });
        match &part.expr {
            Expr::Ident(name) => format!("`{name}`"),
            Expr::Select(select) => format!("`{}`", select.field),
            _ => written.unwrap_or_else(|| "this".to_owned()),
        }
    }

    fn condition(&mut self, condition: &IdedExpr, yes: &IdedExpr, no: &IdedExpr) -> (At, Type) {
        let condition = self.truth(condition);
        self.conditions += 1;
        let ((yes, one), (no, other)) = (self.node(yes), self.node(no));
        self.conditions -= 1;
        (self.add(Node::If(condition, yes, no)), one.with(other))
    }

    fn chain(&mut self, parts: &[&IdedExpr], of: fn(At, At) -> Node) -> (At, Type) {
        let mut all: Option<At> = None;
        for part in parts {
            let next = self.truth(part);
            all = Some(match all {
                None => next,
                Some(before) => self.add(of(before, next)),
            });
        }
        let all = all.unwrap_or_else(|| self.add(Node::Null));
        (all, Type::Truth)
    }

    /// Two parts that can be compared.
    fn pair(&mut self, part: &IdedExpr, a: &IdedExpr, b: &IdedExpr) -> (At, At) {
        let ((one, kind), (other, second)) = (self.node(a), self.node(b));
        let is_open = |kind| matches!(kind, Type::Any | Type::Null);
        if !is_open(kind) && !is_open(second) && kind.with(second) == Type::Any {
            let (a, b) = (self.excerpt(a), self.excerpt(b));
            let message = format!("{a} is {}, and {b} is {}", kind.words(), second.words());
            self.flaw(part, message, Some("compare values of one kind".to_owned()));
        }
        (one, other)
    }

    fn equal(&mut self, part: &IdedExpr, a: &IdedExpr, b: &IdedExpr, is_not: bool) -> (At, Type) {
        let (a, b) = self.pair(part, a, b);
        let equal = self.add(Node::Equal(a, b));
        let node = if is_not {
            self.add(Node::Not(equal))
        } else {
            equal
        };
        (node, Type::Truth)
    }

    fn order(
        &mut self,
        part: &IdedExpr,
        a: &IdedExpr,
        b: &IdedExpr,
        of: fn(At, At) -> Node,
    ) -> (At, Type) {
        let (a, b) = self.pair(part, a, b);
        (self.add(of(a, b)), Type::Truth)
    }

    fn add_or_join(&mut self, part: &IdedExpr, a: &IdedExpr, b: &IdedExpr) -> (At, Type) {
        let ((one, kind), (other, second)) = (self.node(a), self.node(b));
        match (kind, second) {
            (Type::Text, Type::Text | Type::Any | Type::Null)
            | (Type::Any | Type::Null, Type::Text) => {
                (self.add(Node::Join(one, other)), Type::Text)
            }
            (
                Type::Number(_) | Type::Any | Type::Null,
                Type::Number(_) | Type::Any | Type::Null,
            ) => {
                let scale = match kind.with(second) {
                    Type::Number(scale) => scale,
                    _ => None,
                };
                (self.add(Node::Add(one, other)), Type::Number(scale))
            }
            _ => {
                let (a, b) = (self.excerpt(a), self.excerpt(b));
                let message = format!("{a} is {}, and {b} is {}", kind.words(), second.words());
                let help = "add numbers, or join texts: `string(…)` makes a text of a number";
                self.flaw(part, message, Some(help.to_owned()))
            }
        }
    }

    /// Looks at a divisor: it can't be 0, and it should never be.
    fn divisor(&mut self, part: &IdedExpr, at: At) {
        let leaf = match self.expression.nodes[at as usize] {
            Node::Number(number) if number.mantissa == 0 => {
                self.flaw(part, "nothing can be divided by 0", None);
                return;
            }
            Node::Leaf(leaf) if self.conditions == 0 => {
                &self.expression.leaves[leaf as usize].field
            }
            _ => return,
        };
        let may_be_zero = match leaf {
            FieldOptions::Integer(options) => (options.min..=options.max).contains(&0),
            FieldOptions::Decimal(options) => (options.min..=options.max).contains(&0.0),
            _ => false,
        };
        if may_be_zero {
            let what = self.excerpt(part);
            let mut flaw = Flaw::new(
                self.place(part),
                format!("{what} can be 0: the value is null then"),
            );
            flaw.help = Some(
                "raise its `min`, or write what to take instead: `n == 0 ? 0 : sum / n`".to_owned(),
            );
            flaw.is_warning = true;
            self.flaws.push(flaw);
        }
    }

    fn extreme(
        &mut self,
        first: &IdedExpr,
        rest: &[&IdedExpr],
        of: fn(At, At) -> Node,
    ) -> (At, Type) {
        let (mut all, mut scale) = self.numeric(first);
        for part in rest {
            let (next, other) = self.numeric(part);
            all = self.add(of(all, next));
            scale = wider(scale, other);
        }
        (all, Type::Number(scale))
    }

    fn round(&mut self, of: &IdedExpr, digits: u8) -> (At, Type) {
        let of = self.numeric(of).0;
        (
            self.add(Node::Round(of, digits)),
            Type::Number(Some(digits)),
        )
    }

    fn search(&mut self, of: &IdedExpr, what: &IdedExpr, node: fn(At, At) -> Node) -> (At, Type) {
        let (of, what) = (self.textual(of), self.textual(what));
        (self.add(node(of, what)), Type::Truth)
    }

    /// `of in [a, b]` is one comparison after the other.
    fn is_in(&mut self, part: &IdedExpr, of: &IdedExpr, list: &IdedExpr) -> (At, Type) {
        let Expr::List(list) = &list.expr else {
            return self.flaw(
                part,
                "`in` takes a list that is written out: `level in ['gold', 'silver']`",
                None,
            );
        };
        let mut any = self.add(Node::Truth(false));
        for item in &list.elements {
            let (is_it, _) = self.equal(part, of, item, false);
            any = self.add(Node::Or(any, is_it));
        }
        (any, Type::Truth)
    }

    /// The number of characters of a text, or of elements of an array.
    fn size(&mut self, of: &IdedExpr) -> (At, Type) {
        if let Some(array) = self.array(of) {
            self.expression.arrays.push(array);
            let index = self.expression.arrays.len() as u32 - 1;
            return (self.add(Node::Count(index)), Type::Number(Some(0)));
        }
        let of = self.textual(of);
        (self.add(Node::Size(of)), Type::Number(Some(0)))
    }

    /// The array of a name, if it is one.
    fn array(&self, part: &IdedExpr) -> Option<Found> {
        let mut names = Vec::new();
        let mut expr = &part.expr;
        while let Expr::Select(select) = expr {
            names.push(select.field.clone());
            expr = &select.operand.expr;
        }
        let Expr::Ident(first) = expr else {
            return None;
        };
        names.push(first.clone());
        names.reverse();
        let found = self.scope.resolve(&names, self.arrays, true).ok()?;
        let own = self.scope.resolve(&names, self.arrays, false).ok()?;
        (matches!(own.field, FieldOptions::Array(_)) && found.array.is_some()).then_some(found)
    }

    fn sum(&mut self, part: &IdedExpr, of: &IdedExpr) -> (At, Type) {
        if self.sum != Summing::No {
            return self.flaw(part, "a sum in a sum is not supported", None);
        }
        self.sum = Summing::Any;
        let (body, scale) = self.numeric(of);
        let sum = std::mem::replace(&mut self.sum, Summing::No);
        match sum {
            Summing::List(array) => (self.add(Node::Sum(array, body)), Type::Number(scale)),
            _ if self.flaws.is_empty() => {
                let help = "name a field of a list: `sum(items.price)`".to_owned();
                self.flaw(part, "there is no list in the sum", Some(help))
            }
            _ => (body, Type::Number(scale)),
        }
    }
}

fn wider(a: Option<u8>, b: Option<u8>) -> Option<u8> {
    a.zip(b).map(|(a, b)| a.max(b))
}
