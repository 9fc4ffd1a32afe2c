//! The fields of a JSON object, each decoded when it is asked for.
//!
//! serde's derived code for each type would be some 6 KB of the page (docs/PERFORMANCE.md, "What it
//! weighs"), also because its numbers may be fractions, with a table of the powers of ten. Here a
//! type is a list of fields, and a field of one of the few kinds below.

use std::fmt::Display;

use serde::{
    Deserialize,
    de::{DeserializeOwned, Error as _, IntoDeserializer},
};
use serde_json::{Error, Result, from_str, value::RawValue};

use crate::{
    Seq,
    fields::{Fields, FieldsOf, of_other_type},
};

/// The fields of an object, each as its JSON. A field that is not asked for is ignored, whatever it
/// holds.
pub(super) struct Frame<'a>(Fields<&'a RawValue>);

/// Decodes an object.
pub(super) type Decode<T> = fn(&mut Frame<'_>) -> Result<T>;

impl<'a> Frame<'a> {
    pub(super) fn parse(json: &'a str) -> Result<Self> {
        Ok(Self(from_str(json)?))
    }

    /// A whole number that is not negative.
    pub(super) fn number<T: TryFrom<u64>>(&mut self, name: &'static str) -> Result<T> {
        let number = self.optional_number(name)?;
        number.ok_or_else(|| Error::missing_field(name))
    }

    /// The same for a field that may be missing or null.
    pub(super) fn optional_number<T: TryFrom<u64>>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>> {
        let Some(json) = self.json(name)?.filter(|json| *json != "null") else {
            return Ok(None);
        };
        let number = json.parse::<u64>().ok().map(T::try_from);
        match number {
            Some(Ok(number)) => Ok(Some(number)),
            Some(Err(_)) | None => Err(of_other_type(name, "a whole number in its range")),
        }
    }

    /// A place in a log.
    pub(super) fn seq(&mut self, name: &'static str) -> Result<Seq> {
        self.number(name).map(Seq)
    }

    /// A word of an enum.
    pub(super) fn word<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<T> {
        let word = self.optional_word(name)?;
        word.ok_or_else(|| Error::missing_field(name))
    }

    /// The same for a field that may be missing or null.
    // From the text and not from its JSON: that would be a parser for each enum.
    #[inline(never)]
    pub(super) fn optional_word<T: DeserializeOwned>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>> {
        let word: Option<String> = self.optional(name)?;
        let decode = |word: String| T::deserialize(word.into_deserializer());
        word.map(decode).transpose()
    }

    /// A field of another kind, which may be missing or null.
    #[inline(never)]
    pub(super) fn optional<T: Deserialize<'a>>(&mut self, name: &'static str) -> Result<Option<T>> {
        let json = self.json(name)?;
        json.map(from_str).transpose().map(Option::flatten)
    }

    /// An object.
    pub(super) fn object<T>(&mut self, name: &'static str, decode: Decode<T>) -> Result<T> {
        decode(&mut Frame::parse(self.required(name)?)?)
    }

    /// A list of objects.
    pub(super) fn objects<T>(&mut self, name: &'static str, decode: Decode<T>) -> Result<Vec<T>> {
        let objects = self.optional_objects(name, decode)?;
        objects.ok_or_else(|| Error::missing_field(name))
    }

    /// The same for a field that may be missing or null.
    pub(super) fn optional_objects<T>(
        &mut self,
        name: &'static str,
        decode: Decode<T>,
    ) -> Result<Option<Vec<T>>> {
        let Some(items) = self.optional::<Vec<&RawValue>>(name)? else {
            return Ok(None);
        };
        let mut objects = Vec::with_capacity(items.len());
        for item in items {
            objects.push(decode(&mut Frame::parse(item.get())?)?);
        }
        Ok(Some(objects))
    }

    /// Takes a flag that is left out where it is false.
    pub(super) fn optional_flag(&mut self, name: &'static str) -> Result<bool> {
        match self.json(name)? {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(of_other_type(name, "a boolean")),
        }
    }

    fn required(&mut self, name: &'static str) -> Result<&'a str> {
        let json = self.json(name)?;
        json.ok_or_else(|| Error::missing_field(name))
    }

    fn json(&mut self, name: &'static str) -> Result<Option<&'a str>> {
        Ok(self.0.take(name)?.map(RawValue::get))
    }
}

impl FieldsOf<Error> for Frame<'_> {
    // Not inlined, as the others of many types: the code is there once for each type, and not once
    // for each field.
    #[inline(never)]
    fn optional_text<T>(&mut self, name: &'static str) -> Result<Option<T>>
    where
        T: TryFrom<String, Error: Display>,
    {
        let text: Option<String> = self.optional(name)?;
        text.map(T::try_from).transpose().map_err(Error::custom)
    }

    fn optional_whole(&mut self, name: &'static str) -> Result<Option<u64>> {
        self.optional_number(name)
    }

    fn flag(&mut self, name: &'static str) -> Result<bool> {
        match self.required(name)? {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(of_other_type(name, "a boolean")),
        }
    }
}
