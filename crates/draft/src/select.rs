//! Which fields are wanted.

use options::suggest;
use records::path;

use crate::shape::{Field, Shape, Type};

/// Paths of fields, of which only these or all but these are wanted. What is below a path goes with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only these, and what is required.
    pub only: Vec<String>,
    /// All but these, unless they are required.
    pub except: Vec<String>,
}

/// What a selection asks for and does not get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unselected {
    /// The path as it was written.
    pub path: String,
    /// Whether a record has to have it.
    pub is_required: bool,
    /// A path that may be meant.
    pub near: Option<String>,
}

impl Selection {
    /// Takes the fields away that are not wanted. All that is wrong with the selection comes at once.
    pub fn apply(&self, shape: &mut Shape) -> Result<(), Vec<Unselected>> {
        let mut all = Vec::new();
        paths(&shape.fields, "", true, &mut all);
        let mut wrong = Vec::new();
        for wanted in self.only.iter().chain(&self.except) {
            if !all.iter().any(|(path, _)| path == wanted) {
                let near = suggest(wanted, all.iter().map(|(path, _)| path.as_str()));
                wrong.push(Unselected {
                    path: wanted.clone(),
                    is_required: false,
                    near: near.map(str::to_owned),
                });
            }
        }
        for unwanted in &self.except {
            if all
                .iter()
                .any(|(path, is_required)| path == unwanted && *is_required)
            {
                wrong.push(Unselected {
                    path: unwanted.clone(),
                    is_required: true,
                    near: None,
                });
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        keep(&mut shape.fields, "", self, true);
        shape
            .remarks
            .retain(|remark| !self.except.iter().any(|path| is_below(&remark.at, path)));
        Ok(())
    }

    fn wants(&self, at: &str, must: bool) -> bool {
        let is_left_out = self.except.iter().any(|path| is_below(at, path));
        let is_in = self.only.is_empty()
            || self
                .only
                .iter()
                .any(|path| is_below(at, path) || is_below(path, at));
        must || is_in && !is_left_out
    }
}

/// Whether `at` is `path`, or below it.
fn is_below(at: &str, path: &str) -> bool {
    let behind = at.strip_prefix(path);
    behind.is_some_and(|behind| behind.is_empty() || behind.starts_with('.'))
}

fn keep(fields: &mut Vec<Field>, above: &str, selection: &Selection, must: bool) {
    fields.retain_mut(|field| {
        let at = path::join(above, &field.name);
        let must = must && is_needed(field);
        if !selection.wants(&at, must) {
            return false;
        }
        if let Type::Object(inner) = &mut field.node.type_ {
            let before = inner.len();
            keep(inner, &at, selection, must || field.required);
            return inner.len() == before || !inner.is_empty() || must;
        }
        true
    });
}

/// Whether a record has to have the field, for its own sake or for what is in it.
fn is_needed(field: &Field) -> bool {
    field.required || field.identity.is_some() || holds_identity(field)
}

fn holds_identity(field: &Field) -> bool {
    match &field.node.type_ {
        Type::Object(inner) => inner
            .iter()
            .any(|it| it.identity.is_some() || holds_identity(it)),
        _ => false,
    }
}

/// Every path, and whether records have to have it.
fn paths(fields: &[Field], above: &str, must: bool, found: &mut Vec<(String, bool)>) {
    for field in fields {
        let at = path::join(above, &field.name);
        let must = must && is_needed(field);
        if let Type::Object(inner) = &field.node.type_ {
            paths(inner, &at, must, found);
        }
        found.push((at, must));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::{Identity, Node};

    fn field(name: &str) -> Field {
        Field::new(
            name,
            Node::new(Type::Text {
                min: None,
                max: None,
                pattern: None,
            }),
        )
    }

    fn object(name: &str, fields: Vec<Field>) -> Field {
        Field::new(name, Node::new(Type::Object(fields)))
    }

    fn shape() -> Shape {
        let mut id = field("id");
        id.required = true;
        let mut email = field("address");
        email.identity = Some(Identity {
            namespace: "Email".to_owned(),
            primary: true,
        });
        Shape {
            fields: vec![
                id,
                object("mail", vec![email, field("label")]),
                object(
                    "home",
                    vec![field("city"), object("geo", vec![field("lat")])],
                ),
            ],
            ..Shape::default()
        }
    }

    fn left(selection: &Selection) -> Vec<String> {
        let mut shape = shape();
        selection.apply(&mut shape).unwrap();
        let mut found = Vec::new();
        paths(&shape.fields, "", true, &mut found);
        found.into_iter().map(|(path, _)| path).collect()
    }

    #[test]
    fn what_is_required_and_what_identifies_stays() {
        let only = Selection {
            only: vec!["home.geo".to_owned()],
            ..Selection::default()
        };
        assert_eq!(
            left(&only),
            [
                "id",
                "mail.address",
                "mail",
                "home.geo.lat",
                "home.geo",
                "home"
            ]
        );
        let except = Selection {
            except: vec!["home".to_owned(), "mail.label".to_owned()],
            ..Selection::default()
        };
        assert_eq!(left(&except), ["id", "mail.address", "mail"]);
    }

    #[test]
    fn paths_that_are_not_there_or_can_not_go_are_told_at_once() {
        let wrong = Selection {
            only: vec!["home.citty".to_owned()],
            except: vec!["id".to_owned(), "mail".to_owned()],
        };
        let wrong = wrong.apply(&mut shape()).unwrap_err();
        assert_eq!(wrong.len(), 3);
        assert_eq!(wrong[0].near.as_deref(), Some("home.city"));
        assert!(wrong[1].is_required && wrong[2].is_required);
    }
}
