//! The settings as saved, and the theme as the style sheet sees it: the settings' words are the
//! root element's class.

use leptos::prelude::document;
use parlor_frontend::model::settings::Settings;

use crate::browser::storage;

/// The storage key. `index.html` reads it too, to apply the theme before the page is loaded.
pub(crate) const SETTINGS: &str = "parlor.settings";

/// The saved settings.
pub(crate) fn load() -> Settings {
    Settings::parse(&storage::get(SETTINGS).unwrap_or_default())
}

/// Saves the settings and applies the theme. Returns whether the browser has saved them.
pub(crate) fn save(settings: Settings) -> bool {
    let words = settings.to_string();
    if let Some(root) = document().document_element() {
        root.set_class_name(&words);
    }
    storage::set(SETTINGS, &words)
}
