//! The emoji at hand: about a hundred common ones, in groups, with names to find them by.

/// An emoji and its names, the first of which is what it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Emoji {
    /// The emoji.
    pub sign: &'static str,
    /// Its names, with commas between them.
    pub names: &'static str,
}

impl Emoji {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.names.split(',').next().unwrap_or_default()
    }

    /// Whether each of these words begins one of its names' words.
    fn is_called(&self, words: &str) -> bool {
        let mut words = words.split_whitespace();
        words.all(|word| {
            // The names are ASCII, all of them.
            let word = word.to_ascii_lowercase();
            let mut own = self.names.split([' ', ',']);
            own.any(|own| own.starts_with(&word))
        })
    }
}

/// The groups with what in them is called so; all of it where no words are given. No group is empty.
#[must_use]
pub fn groups(words: &str) -> Vec<(&'static str, Vec<Emoji>)> {
    let group = |(name, lines): &(&'static str, &'static str)| {
        let all = lines.lines().filter_map(|line| line.split_once(' '));
        let all = all.map(|(sign, names)| Emoji { sign, names });
        (*name, all.filter(|emoji| emoji.is_called(words)).collect())
    };
    let groups = GROUPS.iter().map(group);
    groups
        .filter(|(_, emoji): &(_, Vec<_>)| !emoji.is_empty())
        .collect()
}

/// A line for each: the emoji, a space, its names.
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
