//! Times and numbers in the reader's time zone and language, as the browser's `Intl` writes them.

use js_sys::{
    Array, Date, Function,
    Intl::{DateTimeFormat, NumberFormat},
    Object, Reflect,
};
use leptos::{prelude::document, wasm_bindgen::JsValue};

thread_local! {
    // A format is slow to make, and every row needs two.
    static DAY: Function = format_of(&[("weekday", "long"), ("day", "numeric"), ("month", "long")]);
    static TIME: Function = format_of(&[("hour", "numeric"), ("minute", "2-digit")]);
    static NUMBER: Function = NumberFormat::new(&languages(), &Object::new()).format();
}

fn format_of(options: &[(&str, &str)]) -> Function {
    let wanted = Object::new();
    for (name, value) in options {
        // A plain object takes any property.
        Reflect::set(&wanted, &(*name).into(), &(*value).into()).ok();
    }
    DateTimeFormat::new(&languages(), &wanted).format()
}

/// The language that the page is in, as `index.html` has set it.
pub(crate) fn language() -> String {
    let root = document().document_element();
    let language = root.and_then(|root| root.get_attribute("lang"));
    language.unwrap_or_default()
}

/// The languages to format in: the page's own, so that its sentences are of one piece. Beside the
/// English of readers whose language the page lacks it is the browser's, as of an empty list.
fn languages() -> Array {
    match language() {
        english if english == "en" => Array::new(),
        language => Array::of1(&language.into()),
    }
}

fn text(format: &Function, value: &JsValue) -> String {
    let text = format.call1(&JsValue::UNDEFINED, value);
    text.ok()
        .and_then(|text| text.as_string())
        .unwrap_or_default()
}

/// The day, as "Monday 23 November".
pub(super) fn day(at_ms: u64) -> String {
    DAY.with(|format| text(format, &date(at_ms)))
}

/// The time of day, as "14:05".
pub(super) fn time(at_ms: u64) -> String {
    TIME.with(|format| text(format, &date(at_ms)))
}

fn date(at_ms: u64) -> Date {
    Date::new(&(at_ms as f64).into())
}

/// Whether two times are on the same day of the reader's calendar.
pub(super) fn is_same_day(one_ms: u64, other_ms: u64) -> bool {
    const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
    // Within 24 hours, two times on the same day of a month are on the same day.
    one_ms.abs_diff(other_ms) < DAY_MS && date(one_ms).get_date() == date(other_ms).get_date()
}

/// The number, as "1,234".
pub(crate) fn number(count: usize) -> String {
    NUMBER.with(|format| text(format, &(count as f64).into()))
}
