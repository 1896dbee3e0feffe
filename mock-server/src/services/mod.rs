//! What the service answers: one module per message family, each a pure function of the world and the request.

pub mod qualification;
