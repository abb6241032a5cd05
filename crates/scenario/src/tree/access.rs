//! The lists, mappings and choices of a [`Tree`], one element after the other.

use serde::de::value::{StrDeserializer, StringDeserializer};
use serde::de::{
    DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::Tree;
use crate::failure::{Failure, What};
use crate::node::{Entry, Node, Value};

/// The items of a list that are not broken.
pub(super) struct Items<'a> {
    pub(super) tree: Tree<'a>,
    pub(super) items: std::iter::Enumerate<std::slice::Iter<'a, Node>>,
}

impl<'a> SeqAccess<'a> for Items<'a> {
    type Error = Failure;

    fn next_element_seed<T: DeserializeSeed<'a>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Failure> {
        for (index, node) in self.items.by_ref() {
            let item = self.tree.below(index, node);
            if item.broken.contains(&item.at) {
                continue;
            }
            let at = item.at.clone();
            return seed
                .deserialize(item)
                .map(Some)
                .map_err(|failure| failure.or_at(&at));
        }
        Ok(None)
    }
}

/// The entries of a mapping that are not broken.
pub(super) struct Entries<'a> {
    pub(super) tree: Tree<'a>,
    pub(super) entries: std::slice::Iter<'a, Entry>,
    pub(super) value: Option<&'a Entry>,
}

impl<'a> MapAccess<'a> for Entries<'a> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'a>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Failure> {
        for entry in self.entries.by_ref() {
            let at = self.tree.at.join(&entry.key);
            if self.tree.broken.contains(&at) {
                continue;
            }
            self.value = Some(entry);
            let key: StringDeserializer<Failure> = entry.key.clone().into_deserializer();
            return seed.deserialize(key).map(Some).map_err(|mut failure| {
                failure.on_key = true;
                failure.or_at(&at)
            });
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, Failure> {
        let Some(entry) = self.value.take() else {
            return Err(Failure::new(What::Told(
                "a value was asked for before its key".into(),
            )));
        };
        let value = self.tree.below(&entry.key, &entry.node);
        let at = value.at.clone();
        seed.deserialize(value)
            .map_err(|failure| failure.or_at(&at))
    }
}

/// A choice with something below it.
pub(super) struct Variant<'a> {
    pub(super) tree: Tree<'a>,
    pub(super) entry: &'a Entry,
}

impl<'a> EnumAccess<'a> for Variant<'a> {
    type Error = Failure;
    type Variant = Tree<'a>;

    fn variant_seed<V: DeserializeSeed<'a>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Tree<'a>), Failure> {
        let word: StrDeserializer<'_, Failure> = self.entry.key.as_str().into_deserializer();
        let value = self.tree.below(&self.entry.key, &self.entry.node);
        Ok((seed.deserialize(word)?, value))
    }
}

impl<'a> VariantAccess<'a> for Tree<'a> {
    type Error = Failure;

    fn unit_variant(self) -> Result<(), Failure> {
        match &self.node.value {
            Value::Map(entries) if entries.is_empty() => Ok(()),
            _ if self.is_null() => Ok(()),
            _ => Err(
                Failure::new(What::Told("nothing stands below this word".into())).or_at(&self.at),
            ),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'a>>(self, seed: T) -> Result<T::Value, Failure> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value, Failure> {
        self.as_written(visitor)
    }

    fn struct_variant<V: Visitor<'a>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.as_written(visitor)
    }
}
