//! The fields of a JSON object whose tag says which of them count.
//!
//! serde's derived code for tagged enums keeps the whole object in a general form, and can decode
//! every variant from any other: that was a tenth of the page (docs/PERFORMANCE.md, "What it
//! weighs"). So what the page decodes keeps its fields here, and looks up those of its tag. The
//! others are ignored, whatever they hold.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// The fields in the order in which they came.
#[derive(Debug)]
pub(crate) struct Fields<V>(Vec<(String, V)>);

impl<V> Fields<V> {
    /// Takes a field's value. A field that is there twice is an error: it is unclear which counts.
    pub(crate) fn take<E: Error>(&mut self, name: &'static str) -> Result<Option<V>, E> {
        let position = |fields: &[(String, V)]| fields.iter().position(|(known, _)| known == name);
        let value = position(&self.0).map(|at| self.0.swap_remove(at).1);
        if position(&self.0).is_some() {
            return Err(E::duplicate_field(name));
        }
        Ok(value)
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Fields<V> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct FieldsVisitor<V>(PhantomData<V>);

        impl<'de, V: Deserialize<'de>> Visitor<'de> for FieldsVisitor<V> {
            type Value = Fields<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<V>, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        from.deserialize_map(FieldsVisitor(PhantomData))
    }
}

/// A value of one of the few types that the fields of a body have.
#[derive(Debug)]
pub(crate) enum Scalar {
    Null,
    Text(String),
    Flag(bool),
    Whole(u64),
    /// A value that no field of a known body has.
    Other,
}

/// The fields of an object, of few kinds.
pub(crate) trait FieldsOf<E: Error> {
    /// Takes a text that may be missing or null, checked by its type.
    fn optional_text<T>(&mut self, name: &'static str) -> Result<Option<T>, E>
    where
        T: TryFrom<String, Error: fmt::Display>;

    /// Takes a whole number that may be missing or null, and is not negative.
    fn optional_whole(&mut self, name: &'static str) -> Result<Option<u64>, E>;

    /// Takes a flag.
    fn flag(&mut self, name: &'static str) -> Result<bool, E>;

    /// Takes a text.
    fn text<T>(&mut self, name: &'static str) -> Result<T, E>
    where
        T: TryFrom<String, Error: fmt::Display>,
    {
        let text = self.optional_text(name)?;
        text.ok_or_else(|| E::missing_field(name))
    }
}

impl<E: Error> FieldsOf<E> for Fields<Scalar> {
    fn optional_text<T>(&mut self, name: &'static str) -> Result<Option<T>, E>
    where
        T: TryFrom<String, Error: fmt::Display>,
    {
        match self.take(name)? {
            None | Some(Scalar::Null) => Ok(None),
            Some(Scalar::Text(text)) => T::try_from(text).map(Some).map_err(E::custom),
            Some(_) => Err(of_other_type(name, "a string")),
        }
    }

    fn optional_whole(&mut self, name: &'static str) -> Result<Option<u64>, E> {
        match self.take(name)? {
            None | Some(Scalar::Null) => Ok(None),
            Some(Scalar::Whole(whole)) => Ok(Some(whole)),
            Some(_) => Err(of_other_type(name, "a whole number in its range")),
        }
    }

    fn flag(&mut self, name: &'static str) -> Result<bool, E> {
        match self.take(name)? {
            None => Err(E::missing_field(name)),
            Some(Scalar::Flag(flag)) => Ok(flag),
            Some(_) => Err(of_other_type(name, "a boolean")),
        }
    }
}

/// A field is of another type than it must be.
pub(crate) fn of_other_type<E: Error>(name: &str, expected: &str) -> E {
    E::custom(format_args!("`{name}` must be {expected}"))
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct ScalarVisitor;

        impl<'de> Visitor<'de> for ScalarVisitor {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Scalar, E> {
                Ok(Scalar::Flag(flag))
            }

            fn visit_u64<E>(self, whole: u64) -> Result<Scalar, E> {
                Ok(Scalar::Whole(whole))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Scalar, E> {
                Ok(Scalar::Other)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Scalar, E> {
                Ok(Scalar::Other)
            }

            fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar::Text(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Scalar, E> {
                Ok(Scalar::Text(text))
            }

            fn visit_unit<E>(self) -> Result<Scalar, E> {
                Ok(Scalar::Null)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Scalar, A::Error> {
                IgnoredAny.visit_seq(seq).map(|_| Scalar::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Scalar, A::Error> {
                IgnoredAny.visit_map(map).map(|_| Scalar::Other)
            }
        }

        from.deserialize_any(ScalarVisitor)
    }
}

/// Whether to leave a flag out.
pub(crate) fn is_false(flag: &bool) -> bool {
    !flag
}

/// Deserializes `null` as the default, because some languages write it for missing values.
pub(crate) fn null_as_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(from)?.unwrap_or_default())
}
