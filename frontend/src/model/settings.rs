//! The user's settings, and how they are saved.

use std::fmt;

/// The user's settings. The default is what the page does unasked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settings {
    /// The theme.
    pub theme: Theme,
    /// Whether a message that arrives while the page is hidden shows a notification.
    pub notify: bool,
    /// Whether a message that arrives while the page is hidden plays a sound.
    pub sound: bool,
    /// Whether `/` and `?` are no shortcuts: speech input and stray keys press them unintended
    /// (WCAG 2.1.4).
    pub no_shortcuts: bool,
}

/// The page's theme.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// The system's.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Settings {
    /// Reads settings from the words that [`Display`](fmt::Display) writes. Unknown words are from
    /// another version and are ignored.
    #[must_use]
    pub fn parse(words: &str) -> Self {
        let mut settings = Self::default();
        for word in words.split(' ') {
            match word {
                "light" => settings.theme = Theme::Light,
                "dark" => settings.theme = Theme::Dark,
                "notify" => settings.notify = true,
                "sound" => settings.sound = true,
                "no-shortcuts" => settings.no_shortcuts = true,
                _ => {}
            }
        }
        settings
    }
}

/// Writes the settings as words. The style sheet and the service worker know these words too.
impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.theme.word())?;
        let words = [
            (self.notify, " notify"),
            (self.sound, " sound"),
            (self.no_shortcuts, " no-shortcuts"),
        ];
        for (is_on, word) in words {
            f.write_str(if is_on { word } else { "" })?;
        }
        Ok(())
    }
}

impl Theme {
    /// The theme's word; empty for the system's.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::System => "",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}
