//! What programs write for Slack as plain text: `<@U1>`, `<#C1|general>`,
//! `<https://example.org|label>`, `:tada:`, and `&lt;` for `<`. For exports of Slack, and for those
//! who post as they would there.

use parlor_shared::{Name, limits::NAME_BYTES_MAX};

/// The text as people read it. `name` says what a user's id is called.
pub(crate) fn plain(text: &str, name: &dyn Fn(&str) -> String) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once('<') {
        plain += &words(before);
        let Some((reference, after)) = inside.split_once('>') else {
            plain.push('<');
            rest = inside;
            continue;
        };
        plain += &referred(reference, name);
        rest = after;
    }
    plain + &words(rest)
}

/// What stands between `<` and `>`.
fn referred(reference: &str, name: &dyn Fn(&str) -> String) -> String {
    let (address, label) = match reference.split_once('|') {
        Some((address, label)) => (address, Some(words(label))),
        None => (reference, None),
    };
    if let Some(user) = address.strip_prefix('@') {
        return format!("@{}", label.unwrap_or_else(|| name(user)));
    }
    if let Some(channel) = address.strip_prefix('#') {
        return format!("#{}", label.unwrap_or_else(|| channel.to_owned()));
    }
    if let Some(group) = address.strip_prefix('!') {
        return format!("@{}", label.unwrap_or_else(|| group.to_owned()));
    }
    let address = words(address);
    match label {
        Some(label) if label != address => format!("{label} ({address})"),
        Some(_) | None => address,
    }
}

/// Words with their emoji and the characters that Slack writes by their names.
fn words(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(':') {
        words += before;
        match after
            .split_once(':')
            .and_then(|(code, after)| Some((emoji(code)?, after)))
        {
            Some((emoji, after)) => {
                words += emoji;
                rest = after;
            }
            None => {
                words.push(':');
                rest = after;
            }
        }
    }
    words += rest;
    // The ampersand last: `&amp;lt;` is what somebody wrote as `&lt;`.
    words
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// The emoji of a code, without its skin tone.
pub(crate) fn emoji(code: &str) -> Option<&'static str> {
    let code = code.split("::").next().unwrap_or(code);
    emojis::get_by_shortcode(code).map(emojis::Emoji::as_str)
}

/// A name of somebody, without what a name can't have; `None` where nothing is left.
pub(crate) fn name_of(text: &str) -> Option<Name> {
    let mut name: String = text
        .chars()
        .filter(|character| !character.is_control())
        .collect();
    name.truncate(name.floor_char_boundary(NAME_BYTES_MAX));
    Name::parse(name.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slacks_markup_is_read_as_people_see_it() {
        let name = |user: &str| format!("name of {user}");
        let cases = [
            (
                "hi <@U1>, see <#C1|general>",
                "hi @name of U1, see #general",
            ),
            (
                "<https://a.example|docs> <https://b.example>",
                "docs (https://a.example) https://b.example",
            ),
            ("<!here> 1 &lt; 2 &amp;amp; 3", "@here 1 < 2 &amp; 3"),
            ("done :tada: at 10:30: ok", "done 🎉 at 10:30: ok"),
            ("a < b", "a < b"),
        ];
        for (slack, expected) in cases {
            assert_eq!(plain(slack, &name), expected);
        }
        assert_eq!(emoji("thumbsup::skin-tone-2"), Some("👍"));
        assert_eq!(emoji("our-logo"), None);
    }
}
