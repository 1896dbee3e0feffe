//! Delays: a length of time, or a distribution from which each is drawn.

use std::fmt;

use messages::channel::Lapse;
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_saphyr::Spanned;

/// A delay as it is written: a text, or a mapping with one key.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum RawDelay {
    /// Always the same: `3s`.
    Fixed(#[schemars(with = "Lapse")] Spanned<String>),
    /// Drawn anew for each answer.
    Drawn(RawDistribution),
}

/// A distribution of delays. The draws follow from `seed` (that of the world if absent) and the number of the request.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum RawDistribution {
    /// Every length between two is as likely: `{uniform: {from: 1s, to: 3s}}`.
    Uniform {
        /// The shortest.
        #[schemars(with = "Lapse")]
        from: Spanned<String>,
        /// The longest.
        #[schemars(with = "Lapse")]
        to: Spanned<String>,
        /// From which number the draws follow.
        seed: Option<u64>,
    },
    /// Around a mean: `{normal: {mean: 2s, deviation: 500ms}}`; never less than nothing.
    Normal {
        /// The mean.
        #[schemars(with = "Lapse")]
        mean: Spanned<String>,
        /// The standard deviation.
        #[schemars(with = "Lapse")]
        deviation: Spanned<String>,
        /// From which number the draws follow.
        seed: Option<u64>,
    },
    /// Mostly short, now and then long: `{exponential: {mean: 1s}}`; at most an hour.
    Exponential {
        /// The mean.
        #[schemars(with = "Lapse")]
        mean: Spanned<String>,
        /// From which number the draws follow.
        seed: Option<u64>,
    },
}

impl<'de> Deserialize<'de> for RawDelay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // A mapping keeps the places of what stands in it; a text alone has its place from around it.
        let Spanned { value, referenced, defined } = Spanned::<TextOrMapping>::deserialize(deserializer)?;
        Ok(match value {
            TextOrMapping::Text(value) => Self::Fixed(Spanned { value, referenced, defined }),
            TextOrMapping::Mapping(distribution) => Self::Drawn(distribution),
        })
    }
}

enum TextOrMapping {
    Text(String),
    Mapping(RawDistribution),
}

impl<'de> Deserialize<'de> for TextOrMapping {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = TextOrMapping;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration such as `3s`, or `uniform`, `normal` or `exponential`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<TextOrMapping, E> {
                Ok(TextOrMapping::Text(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TextOrMapping, A::Error> {
                RawDistribution::deserialize(MapAccessDeserializer::new(map)).map(TextOrMapping::Mapping)
            }
        }

        deserializer.deserialize_any(Either)
    }
}
