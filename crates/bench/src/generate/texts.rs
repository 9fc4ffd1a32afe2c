//! Ordinary texts: of ordinary lengths, and of words of which few are common and most are rare.

use fastrand::Rng;

/// The commonest words, in their order.
const COMMON: &str = "the to a and of is in it you that for on have be with this at are not but as if \
    was we can do so or my will just there they what from one all your like an me out up get about \
    time has when more no know would then some how now see think which good make go than other \
    people need today work going want here them only new look really back well where after also \
    could right why been use still into over even did who way thing should most day first two need \
    day please thanks yes okay sure maybe meeting tomorrow release build test server page error fix \
    branch deploy question answer coffee lunch weekend morning evening next last week ship review";
/// The other words are made of these.
const SYLLABLES: [&str; 24] = [
    "ka", "lo", "mi", "ra", "ten", "sor", "ve", "dun", "pel", "ri", "gan", "to", "shi", "bel",
    "nor", "fa", "zu", "wen", "har", "os", "lim", "que", "ja", "dri",
];
/// How many words there are: about as many as people who write much use.
const WORDS: usize = 30_000;
/// One text in this many is long.
const LONG_PART: usize = 100;

/// The words in the order of how common they are.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    common: Vec<&'static str>,
}

impl Vocabulary {
    pub(crate) fn new() -> Self {
        Self {
            common: COMMON.split_whitespace().collect(),
        }
    }

    /// The word of this rank; every rank below [`WORDS`] has another one.
    pub(crate) fn word(&self, rank: usize) -> String {
        if let Some(word) = self.common.get(rank) {
            return (*word).to_owned();
        }
        let mut rest = rank;
        let mut word = String::new();
        while rest > 0 {
            word.push_str(SYLLABLES[rest % SYLLABLES.len()]);
            rest /= SYLLABLES.len();
        }
        word
    }

    /// A rank as often as words of this rank are written: by Zipf's law, the logarithm of a word's
    /// rank is spread evenly.
    pub(crate) fn draw_rank(rng: &mut Rng) -> usize {
        let rank = (rng.f64() * (WORDS as f64).ln()).exp();
        (rank as usize).saturating_sub(1).min(WORDS - 1)
    }

    /// A text.
    pub(crate) fn text(&self, rng: &mut Rng) -> String {
        let words = match rng.usize(..LONG_PART) {
            0 => rng.usize(50..200),
            // Short texts are more common than long ones.
            _ => 1 + rng.usize(..30).min(rng.usize(..30)),
        };
        let mut text = String::new();
        for _ in 0..words {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&self.word(Self::draw_rank(rng)));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn made_words_are_all_different_and_common_ones_are_drawn_often() {
        let vocabulary = Vocabulary::new();
        let made = vocabulary.common.len()..WORDS;
        let words: HashSet<String> = made.clone().map(|rank| vocabulary.word(rank)).collect();
        assert_eq!(words.len(), made.len());
        let mut rng = Rng::with_seed(1);
        let drawn: Vec<usize> = (0..10_000)
            .map(|_| Vocabulary::draw_rank(&mut rng))
            .collect();
        let common = drawn.iter().filter(|rank| **rank < 100).count();
        assert!((3_000..6_000).contains(&common), "{common}");
    }
}
