//! The styles of the later part of the program, which come with its code.

use js_sys::{Array, Reflect};
use leptos::{
    prelude::document,
    wasm_bindgen::{JsCast, JsValue},
};
use web_sys::CssStyleSheet;

const LATER_CSS: &str = include_str!("../../later.css");

/// Adds the styles to the document, after those of `style.css`.
pub(crate) fn add() -> Result<(), JsValue> {
    let sheet = CssStyleSheet::new()?;
    sheet.replace_sync(LATER_CSS)?;
    let sheets = Reflect::get(&document(), &"adoptedStyleSheets".into())?;
    sheets.unchecked_into::<Array>().push(&sheet);
    Ok(())
}
