//! What a name looks like, so that two names that look alike can be told apart.
//!
//! This follows the skeleton of Unicode's UTS #39, with a table of our own: Unicode's whole one is
//! larger than what the page has left. This one has the characters of the Basic Multilingual Plane
//! that look like one ASCII letter or digit, and some pairs of Chinese and Japanese characters. A
//! test compares it with Unicode's. Two names may count as alike that a careful reader can tell
//! apart; that costs only a mark beside them.

use parlor_shared::characters::is_visible;

/// Each ASCII letter or digit, followed by the characters that look like it.
const LETTERS: &str = "\
    2ƧϨჇᒿᘖᲷꙄꛯꝚ3ƷȜЗӠՅ३૩ᜂᲕⲜⳄⳌꝪꞫ4Ꮞꮞ5Ƽ6ϬбᏮⳒⳓⳜꕃꮾ7ᜪᲄ8Ȣȣ৪੪\u{b03}ꖉ9৭੧୨൭ⳊⳋꝮꝯAΑАᎪᗅꓮBΒВᏴᗷℬⲂꓐꕗꞴ\
    CϹСᏟℂℭⅭⲤꓚDᎠᗞᗪⅅⅮꓓEΕЕᎬℰ⋿ⴹꓰꗋFϜ\u{7d3}ᖴℱꓝꞘGԌᏀᏳꓖHΗНᎻᕼℋℌℍⲎꓧJͿЈᎫᒍꓙꞲKΚКᏦᛕKⲔꓗLᏞᒪℒⅬⳐꓡMΜϺМᎷᗰᛖℳⅯⲘꓟ\
    NΝℕⲚꓠOΟОՕ\u{7c0}ଠ೦ዐᲿⲞⵔ〇ꓳPΡРᏢᑭℙⲢⳎꓑQԚℚⵕRƦɌᎡᏒᖇℛℜℝꓣSЅՏႽჽᏕᏚᲽꓢꕶTΤТ\u{7e0}Ꭲ⊤⟙Ⲧㄒ丅ꓔꔋUՍሀᑌ∪⋃ꓴ\
    VѴ\u{667}۷ᏙᐯⅤⴸꓦꛟWԜᎳᏔꓪXΧХ᙭ᚷᳵⅩ╳ⲬⵝꓫꞳYΥϒУҮ\u{7cc}ᎩᎽⲨㄚ丫ꓬZΖჍᏃℤℨⱫⲌꓜꛉaɑαа⍺ꭤbƄЬ\u{7d5}Ꮟᑲᖯ\
    cϲсငၚᲃᴄⅽⲥꮯdԁᏧᑯⅆⅾꓒeеҽ℮ℯⅇꬲfſƒʄքẝꞙꬵgƍɡցᶃℊhҺһհႹᏂℎi¡ıɩɪιіւᎥιℹⅈⅰ⍳ⲓꙇꭵjȷϳјյⅉ\
    lƖǀΙІӀӏ\u{5c0}\u{5d5}\u{5df}\u{627}\u{661}۱\u{7ca}।၊ᛁᛐℐℑℓⅠⅼ↿∣⏽│┃ⲒⵊⵏꓲꕯꞁꞮꟾ꠰꣎꩝︱\u{fe8d}\u{fe8e}￨\
    nոռ\
    oοσϭоօ\u{5e1}\u{647}\u{665}\u{6be}\u{6c1}\u{6d5}۵\u{7cb}\u{840}०০੦૦୦௦\u{c02}౦\u{c82}\u{d02}ഠ൦\u{d82}๐໐ဝ၀ჿᄋᆼ០ᩅ᪀᪐\u{1bea}ᲂᴏᴑℴⲟㅇꬽ\u{fba6}\u{fba7}\u{fba8}\u{fba9}\u{fbaa}\u{fbab}\u{fbac}\u{fbad}\u{fee9}\u{feea}\u{feeb}\u{feec}ﾷ\
    pþƿρϱϸр⍴ⲣⳏqԛգզrгᴦⲅꭇꭈꮁsƽѕടꜱꮪuʋυսᴜꞟꭎꭒvνѵ\u{5d8}ᴠⅴ∨⋁ꮩwɯшѡԝաᴡ⧢ⲽꟺꮃꮤx×хᕁᕽ᙮ᝣ\u{1bec}ⅹ⤫⤬⨯\
    yɣʏγуүყᶌỿℽⲩꭚzᴢⱬⲍⴭꮓ";

/// Groups of other characters that look alike, separated by commas.
const OTHERS: &str = "一ー,二ニ,力カ,工エ,口ロ囗,夕タ,卜ト,八ハ,へヘ,べベ,ぺペ,りリ,〇○◯";

/// What a name looks like: the same for names that look alike, whatever their case and white space.
#[must_use]
pub fn look(name: &str) -> String {
    let mut look = String::new();
    for c in name.chars().filter(|c| is_visible(*c)) {
        let next = match lowercase(letter(c)).to_ascii_lowercase() {
            'i' | '1' | '|' | '!' => 'l',
            '0' => 'o',
            other => other,
        };
        // Two letters that together look like a third.
        let joined = match (look.as_bytes().last(), next) {
            (Some(b'r'), 'n') => 'm',
            (Some(b'v'), 'v') => 'w',
            (Some(b'c'), 'l') => 'd',
            _ => {
                look.push(next);
                continue;
            }
        };
        look.pop();
        look.push(joined);
    }
    // The mark that the page puts beside such names does not make another name.
    let is_of_mark = |c: &u8| c.is_ascii_hexdigit() || matches!(*c, b'l' | b'o');
    if let Some(at) = look.bytes().rposition(|c| c == b'#')
        && at > 0
        && look.as_bytes()[at + 1..].iter().all(is_of_mark)
    {
        look.truncate(at);
    }
    look
}

/// A name within a sentence, for where no element isolates it: its letters may run from right to
/// left, and the sentence's do not.
#[must_use]
pub fn isolated(name: &str) -> String {
    if name.is_ascii() {
        name.to_owned()
    } else {
        format!("\u{2068}{name}\u{2069}")
    }
}

/// The letter that a character looks like; itself where it looks like none.
fn letter(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    let mut ascii = ' ';
    for other in LETTERS.chars() {
        if other.is_ascii() {
            ascii = other;
        } else if other == c {
            return ascii;
        }
    }
    let mut groups = OTHERS.split(',').filter(|group| group.contains(c));
    if let Some(first) = groups.next().and_then(|group| group.chars().next()) {
        return first;
    }
    // Characters that are letters or digits in a row: full width, mathematical, in circles and in
    // squares.
    let code = u32::from(c);
    let of_alphabet = |from: u32| {
        let index = (code - from) % 52;
        let first = if index < 26 { 'A' } else { 'G' };
        char::from_u32(u32::from(first) + index)
    };
    let ascii = match code {
        0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0),
        0x24B6..=0x24E9 => of_alphabet(0x24B6),
        0x1D400..=0x1D6A3 => of_alphabet(0x1D400),
        0x1D7CE..=0x1D7FF => char::from_digit((code - 0x1D7CE) % 10, 10),
        0x1F130..=0x1F149 => of_alphabet(0x1F130),
        0x1F150..=0x1F169 => of_alphabet(0x1F150),
        0x1F170..=0x1F189 => of_alphabet(0x1F170),
        _ => None,
    };
    ascii.unwrap_or(c)
}

/// The lower-case letter, for the alphabets in which it follows from the code. Unicode's table of
/// all would be longer than the rest of this file.
pub(crate) fn lowercase(c: char) -> char {
    let code = u32::from(c);
    let lower = match code {
        0xC0..=0xDE if c != '×' => code + 32,
        0x391..=0x3A9 | 0x410..=0x42F => code + 32,
        0x400..=0x40F => code + 80,
        0x531..=0x556 => code + 48,
        0x139..=0x148 | 0x179..=0x17E => code + code % 2,
        0x100..=0x177 | 0x460..=0x481 | 0x48A..=0x4BF | 0x4D0..=0x52F | 0x1E00..=0x1EFF => code | 1,
        _ => code,
    };
    char::from_u32(lower).unwrap_or(c)
}
