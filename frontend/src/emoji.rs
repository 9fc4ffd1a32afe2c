//! The emoji of the picker: about a hundred common ones, in groups, with names to find them by.
//!
//! A table of our own, because the crate does not pay here: measured in a WASM module with one
//! search function (`opt-level = "z"`, `wasm-opt -Oz`, brotli), `emojis` 0.7 with its 1,900 emoji
//! adds 62.6 KB and this table 3.5 KB, of a page that may have 210 KB in all.

/// An emoji of the picker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Emoji {
    /// The emoji itself.
    pub text: &'static str,
    /// Its names, separated by commas. The first is its label.
    pub names: &'static str,
}

/// A group of emoji.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: &'static str,
    /// Its emoji.
    pub emoji: Vec<Emoji>,
}

impl Emoji {
    /// Its label.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.names.split(',').next().unwrap_or_default()
    }

    /// Whether each word of the query begins a word of one of its names, in any case.
    fn matches(&self, query: &str) -> bool {
        let mut words = query.split_whitespace();
        words.all(|word| {
            // All names are lower-case ASCII.
            let word = word.to_ascii_lowercase();
            let mut names = self.names.split([' ', ',']);
            names.any(|name| name.starts_with(&word))
        })
    }
}

/// The groups with the emoji that match the query; all emoji where it is empty. Groups without a
/// match are left out.
#[must_use]
pub fn groups(query: &str) -> Vec<Group> {
    let group = |(name, lines): &(&'static str, &'static str)| {
        let emoji = lines.lines().filter_map(|line| line.split_once(' '));
        let emoji = emoji.map(|(text, names)| Emoji { text, names });
        let emoji: Vec<Emoji> = emoji.filter(|emoji| emoji.matches(query)).collect();
        (!emoji.is_empty()).then_some(Group { name, emoji })
    };
    GROUPS.iter().filter_map(group).collect()
}

/// Each group with one line an emoji: the emoji, a space, its names.
const GROUPS: [(&str, &str); 6] = [
    (
        "Faces",
        "😀 grinning,happy
😄 smile,happy
😂 tears of joy,laugh,lol
🤣 rolling on the floor,rofl,laugh
🙂 slight smile
😉 wink
😊 blush,pleased
😇 halo,innocent
😍 heart eyes,love
😘 kiss
😋 yum,delicious
😜 tongue out,joking
🤔 thinking,hmm
🤨 raised eyebrow,doubt
😐 neutral,meh
🙄 rolling eyes
😏 smirk
😌 relieved
😴 sleeping,tired
😎 sunglasses,cool
🤓 nerd,glasses
😮 surprised,wow
😳 flushed
😢 crying,sad
😭 sobbing,sad
😱 scream,fear
😡 angry
🤯 mind blown
🥳 party face,celebrate
🤗 hug
😬 grimace,awkward
🙃 upside down",
    ),
    (
        "Hands and people",
        "👍 thumbs up,yes,like
👎 thumbs down,no
👏 clapping,applause
🙌 raised hands,hooray
🙏 folded hands,please,thanks
👋 wave,hello,bye
🤝 handshake,deal
💪 strong arm,muscle
👌 ok hand
✌️ victory,peace
🤞 crossed fingers,luck
👉 pointing right
👈 pointing left
☝️ pointing up
✋ raised hand,stop
🤷 shrug
🤦 facepalm
👀 eyes,looking
🧠 brain
🫡 salute",
    ),
    (
        "Hearts and signs",
        "❤️ red heart,love
🧡 orange heart
💛 yellow heart
💚 green heart
💙 blue heart
💜 purple heart
💔 broken heart
💯 hundred,perfect
✅ check mark,done,yes
❌ cross mark,no
❓ question mark
❗ exclamation mark
⚠️ warning
➕ plus
🔥 fire,hot
✨ sparkles
⭐ star
⚡ lightning,fast
💤 sleep,zzz
💬 speech,comment",
    ),
    (
        "Animals and nature",
        "🐶 dog
🐱 cat
🦊 fox
🐻 bear
🐢 turtle,slow
🦀 crab,rust
🐛 bug
🦉 owl
🌱 seedling,plant
🌸 blossom,flower
🌍 earth,world
☀️ sun
🌧️ rain
❄️ snow,cold
🌈 rainbow",
    ),
    (
        "Food and drink",
        "☕ coffee,tea
🍵 green tea
🍺 beer
🍷 wine
🥂 cheers,toast
🍕 pizza
🍔 burger
🍎 apple
🍌 banana
🍰 cake
🍪 cookie
🎂 birthday cake",
    ),
    (
        "Things",
        "🎉 party popper,tada,celebrate
🎁 gift,present
🎵 music,note
⚽ football,soccer
🏆 trophy,win
🚀 rocket,launch,ship
💡 idea,light bulb
📌 pin
📎 paper clip
📅 calendar,date
⏰ alarm clock,time
🔒 lock,secure
🔑 key
🔧 wrench,fix
💻 laptop,computer
📈 chart up,growth",
    ),
];
