//! Times as the reader's own clock, calendar and language have them.

use js_sys::{Array, Date, Function, Intl::DateTimeFormat, Object, Reflect};
use leptos::wasm_bindgen::JsValue;

thread_local! {
    // Making one is slow, and there are two for every row.
    static DAY: Function = format_of(&[("weekday", "long"), ("day", "numeric"), ("month", "long")]);
    static TIME: Function = format_of(&[("hour", "numeric"), ("minute", "2-digit")]);
}

fn format_of(options: &[(&str, &str)]) -> Function {
    let wanted = Object::new();
    for (name, value) in options {
        // A plain object takes any property.
        Reflect::set(&wanted, &(*name).into(), &(*value).into()).unwrap_or_default();
    }
    // No languages named: the reader's own.
    DateTimeFormat::new(&Array::new(), &wanted).format()
}

fn text(format: &Function, at_ms: u64) -> String {
    let date = Date::new(&(at_ms as f64).into());
    let text = format.call1(&JsValue::UNDEFINED, &date);
    text.ok()
        .and_then(|text| text.as_string())
        .unwrap_or_default()
}

/// The day, as "Monday 23 November".
pub(super) fn day(at_ms: u64) -> String {
    DAY.with(|format| text(format, at_ms))
}

/// The time of day, as "14:05".
pub(super) fn time(at_ms: u64) -> String {
    TIME.with(|format| text(format, at_ms))
}
