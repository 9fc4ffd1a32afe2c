//! Times and numbers in the reader's time zone and language, as the browser's `Intl` writes them.

use js_sys::{
    Array, Date, Function,
    Intl::{DateTimeFormat, NumberFormat, RelativeTimeFormat},
    Object, Reflect,
};
use leptos::{
    prelude::document,
    wasm_bindgen::{JsCast, JsValue},
};
use parlor_frontend::texts;

thread_local! {
    // A format is slow to make, and every row needs two.
    static DAY: Function = format_of(&[("weekday", "long"), ("day", "numeric"), ("month", "long")]);
    static TIME: Function = format_of(&[("hour", "numeric"), ("minute", "2-digit")]);
    static FULL: Function = format_of(&[("dateStyle", "full"), ("timeStyle", "short")]);
    static RELATIVE: RelativeTimeFormat =
        RelativeTimeFormat::new(&languages(), &options(&[("numeric", "auto")]));
    static LIST: JsValue = list_format();
    static NUMBER: Function = NumberFormat::new(&languages(), &Object::new()).format();
}

fn format_of(wanted: &[(&str, &str)]) -> Function {
    DateTimeFormat::new(&languages(), &options(wanted)).format()
}

fn options(wanted: &[(&str, &str)]) -> Object {
    let options = Object::new();
    for (name, value) in wanted {
        // A plain object takes any property.
        Reflect::set(&options, &(*name).into(), &(*value).into()).ok();
    }
    options
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

/// The day, as "Today", "Yesterday" or "Monday 23 November".
pub(super) fn day(at_ms: u64) -> String {
    day_since(at_ms, day_start(Date::now() as u64))
}

/// The same, where today began at `today_ms`.
pub(super) fn day_since(at_ms: u64, today_ms: u64) -> String {
    if at_ms >= today_ms {
        relative_day(0.0)
    } else if at_ms >= day_start(today_ms.saturating_sub(1)) {
        relative_day(-1.0)
    } else {
        DAY.with(|format| text(format, &date(at_ms)))
    }
}

/// When the day of this time began in the reader's time zone.
pub(super) fn day_start(at_ms: u64) -> u64 {
    let date = date(at_ms);
    let (month, day) = (date.get_month() as i32, date.get_date() as i32);
    Date::new_with_year_month_day(date.get_full_year(), month, day).get_time() as u64
}

/// "Today" or "Yesterday", with a capital: it stands alone.
fn relative_day(days: f64) -> String {
    let day = RELATIVE.with(|format| format.format(days, "day"));
    let first = day.slice(0, 1).to_locale_upper_case(None);
    first.concat(&day.slice(1, day.length())).into()
}

/// The day, the year and the time of day.
pub(super) fn full(at_ms: u64) -> String {
    FULL.with(|format| text(format, &date(at_ms)))
}

/// The time for programs.
pub(super) fn iso(at_ms: u64) -> String {
    date(at_ms).to_iso_string().into()
}

/// The time of day, as "14:05".
pub(super) fn time(at_ms: u64) -> String {
    TIME.with(|format| text(format, &date(at_ms)))
}

fn date(at_ms: u64) -> Date {
    Date::new(&(at_ms as f64).into())
}

/// The day and the time of day.
pub(super) fn day_and_time(at_ms: u64) -> String {
    texts::day_and_time(&day(at_ms), &time(at_ms))
}

/// The list, as "Ada, Grace and Bob".
pub(super) fn list(items: &[String]) -> String {
    let items: Array = items.iter().map(JsValue::from).collect();
    let listed = LIST.with(|format| {
        let write = Reflect::get(format, &"format".into())?.dyn_into::<Function>()?;
        write.call1(format, &items)
    });
    // Old browsers have no lists.
    let listed = listed.ok().and_then(|listed| listed.as_string());
    listed.unwrap_or_else(|| items.join(", ").into())
}

/// `Intl.ListFormat`, which js-sys does not know.
fn list_format() -> JsValue {
    let intl = Reflect::get(&js_sys::global(), &"Intl".into());
    let format = intl.and_then(|intl| {
        let constructor = Reflect::get(&intl, &"ListFormat".into())?.dyn_into::<Function>()?;
        Reflect::construct(&constructor, &Array::of1(&languages()))
    });
    format.unwrap_or_default()
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
