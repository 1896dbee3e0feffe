//! What a check-up finds: one person's values in one fiscal year, which agree with each other.
//!
//! Each value moves smoothly inside the range of its profile. What can be computed is computed from the values as they
//! are written, so that BMI, judgement and guidance follow from what stands beside them.

use super::catalogue::{Fact, catalogue};
use super::checkup::Examined;
use super::judgement::Judgement;
use super::wave::{Wave, rounded};

/// The value of an item.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    Number(f64),
    Code(u8),
    Text(String),
}

/// The values of one check-up.
pub(super) struct Findings<'a> {
    person: &'a Examined<'a>,
    height: f64,
    weight: f64,
    bmi: f64,
    waist: f64,
    /// First and second reading.
    systolic: [f64; 2],
    diastolic: [f64; 2],
    triglyceride: f64,
    hdl: f64,
    ldl: f64,
    glucose: f64,
    hba1c: f64,
    alt: f64,
    creatinine: f64,
    haemoglobin: f64,
    /// Blood taken on an empty stomach.
    fasting: bool,
}

const CODE_YES: u8 = 1;
const CODE_NO: u8 = 2;

impl<'a> Findings<'a> {
    pub(super) fn of(person: &'a Examined<'a>) -> Self {
        let wave = Wave { seed: person.history.seed, year: person.year };
        let profile = person.profile;
        let (height, haemoglobin, creatinine) = if person.male {
            ((162.0, 177.0), (13.8, 16.0), (0.72, 0.98))
        } else {
            ((149.0, 164.0), (12.2, 14.2), (0.52, 0.74))
        };
        let haemoglobin =
            if profile.anaemic { (haemoglobin.0 - 3.0, haemoglobin.1 - 3.2) } else { haemoglobin };
        let height = rounded(wave.constant("height", height), 1);
        let metres = height / 100.0;
        let weight = rounded(wave.value("weight", profile.bmi) * metres * metres, 1);
        let bmi = rounded(weight / (metres * metres), 1);
        let (waist, slope) = if person.male { (82.0, 2.6) } else { (80.0, 2.5) };
        let systolic = rounded(wave.value("systolic", profile.systolic), 0);
        let diastolic = rounded(wave.value("diastolic", profile.diastolic), 0);
        Self {
            person,
            height,
            weight,
            bmi,
            waist: rounded(waist + (bmi - 23.0) * slope + wave.constant("waist", (-1.5, 1.5)), 1),
            systolic: [systolic, systolic - 2.0],
            diastolic: [diastolic, diastolic - 2.0],
            triglyceride: rounded(wave.value("triglyceride", profile.triglyceride), 0),
            hdl: rounded(wave.value("hdl", profile.hdl), 0),
            ldl: rounded(wave.value("ldl", profile.ldl), 0),
            glucose: rounded(wave.value("glucose", profile.glucose), 0),
            hba1c: rounded(wave.value("glucose", profile.hba1c), 1),
            alt: rounded(wave.value("alt", profile.alt), 0),
            creatinine: rounded(wave.value("creatinine", profile.creatinine.unwrap_or(creatinine)), 2),
            haemoglobin: rounded(wave.value("haemoglobin", haemoglobin), 1),
            fasting: !wave.sometimes("casual", if profile.full { 0 } else { 15 }),
        }
    }

    /// The value of an item; none if it is not examined, or not in this way.
    pub(super) fn answer(&self, key: &str) -> Option<Answer> {
        self.body(key)
            .or_else(|| self.blood(key))
            .or_else(|| self.examination(key))
            .or_else(|| self.question(key))
    }

    fn wave(&self) -> Wave {
        Wave { seed: self.person.history.seed, year: self.person.year }
    }

    fn body(&self, key: &str) -> Option<Answer> {
        let full = self.person.profile.full;
        let by = |way: usize| self.wave().way("waist", 4) == way;
        let mean = self.has_mean();
        let number = match key {
            "height" => self.height,
            "weight" => self.weight,
            "bmi" => self.bmi,
            "waist-measured" if full || by(0) || by(1) => self.waist,
            "waist-by-self" if !full && by(2) => self.waist,
            "waist-told" if !full && by(3) => self.waist,
            "visceral-fat" if full => (self.waist - 50.0) * 2.2,
            "obesity" if full => {
                let ideal = 22.0 * (self.height / 100.0) * (self.height / 100.0);
                (self.weight - ideal) / ideal * 100.0
            }
            "systolic-1" => self.systolic[0],
            "diastolic-1" => self.diastolic[0],
            "systolic-2" if mean => self.systolic[1],
            "diastolic-2" if mean => self.diastolic[1],
            "systolic-other" if mean => self.pressure().0,
            "diastolic-other" if mean => self.pressure().1,
            "pulse" if full => rounded(self.wave().value("pulse", (58.0, 84.0)), 0),
            _ => return None,
        };
        Some(Answer::Number(number))
    }

    /// Whether the pressure was taken twice, so that the mean counts.
    fn has_mean(&self) -> bool {
        self.person.profile.full || self.wave().sometimes("pressure-twice", 40)
    }

    /// The pressure that counts.
    fn pressure(&self) -> (f64, f64) {
        let mean = |values: [f64; 2]| rounded((values[0] + values[1]) / 2.0, 0);
        if self.has_mean() {
            (mean(self.systolic), mean(self.diastolic))
        } else {
            (self.systolic[0], self.diastolic[0])
        }
    }

    fn blood(&self, key: &str) -> Option<Answer> {
        let (wave, full, fasting) = (self.wave(), self.person.profile.full, self.fasting);
        // Laboratories have their own ways, and people change laboratories now and then.
        let by = |what, ways, way: usize| wave.way(what, ways) == way;
        let cholesterol = self.ldl + self.hdl + rounded(self.triglyceride / 5.0, 0);
        let old_units = |ngsp: f64| rounded((ngsp - 0.25) / 1.02, 1);
        let number = match key {
            "triglyceride-visible" if fasting && by("triglyceride", 2, 0) => self.triglyceride,
            "triglyceride-ultraviolet" if fasting && by("triglyceride", 2, 1) => self.triglyceride,
            "triglyceride-casual" if !fasting => self.triglyceride,
            "hdl" => self.hdl,
            "ldl" => self.ldl,
            "non-hdl" if full => cholesterol - self.hdl,
            "cholesterol" if full => cholesterol,
            "ast" => rounded(8.0 + self.alt * 0.6, 0),
            "alt" => self.alt,
            "ggt" => rounded(wave.value("ggt", self.person.profile.ggt), 0),
            "glucose-electrode" if fasting && by("glucose", 4, 0) => self.glucose,
            "glucose-visible" if fasting && by("glucose", 4, 1) => self.glucose,
            "glucose-ultraviolet" if fasting && by("glucose", 4, 2) => self.glucose,
            "glucose-other" if fasting && by("glucose", 4, 3) => self.glucose,
            "glucose-casual" if !fasting => self.glucose + 14.0,
            "hba1c-latex" if by("hba1c", 2, 0) => self.hba1c,
            "hba1c-hplc" if by("hba1c", 2, 1) => self.hba1c,
            "hba1c-jds" => old_units(self.hba1c),
            "white-cells" if full => rounded(wave.value("white", (42.0, 78.0)), 0) * 100.0,
            "red-cells" if full => rounded(self.haemoglobin * 31.5, 0),
            "haemoglobin" if full || self.person.profile.anaemic => self.haemoglobin,
            "haematocrit" if full => self.haemoglobin * 2.95,
            "platelets" if full => wave.value("platelets", (17.0, 31.0)),
            "protein" if full => wave.value("protein", (6.8, 7.8)),
            "creatinine" => self.creatinine,
            "egfr" => self.egfr(),
            "uric-acid" if full => {
                wave.value("uric-acid", if self.person.male { (4.6, 6.9) } else { (3.4, 5.6) })
            }
            "iron" if full => rounded(
                wave.value("iron", if self.person.profile.anaemic { (18.0, 42.0) } else { (65.0, 145.0) }),
                0,
            ),
            "after-meal" if fasting => return Some(Answer::Code(2)),
            _ => return None,
        };
        Some(Answer::Number(number))
    }

    /// The formula for Japanese people, from creatinine, age and sex.
    fn egfr(&self) -> f64 {
        let sex = if self.person.male { 1.0 } else { 0.739 };
        194.0 * self.creatinine.powf(-1.094) * f64::from(self.person.age).powf(-0.287) * sex
    }

    fn examination(&self, key: &str) -> Option<Answer> {
        let (wave, profile, full) = (self.wave(), self.person.profile, self.person.profile.full);
        let by_machine = wave.way("urine", 2) == 0;
        let urine = |found: bool, name| if found { wave.choice(name, &[2, 3, 4]) } else { 1 };
        let ecg = self.has(Fact::Heart) || self.is_hypertensive() && wave.trait_of("ecg") < 0.5;
        let finding = |found: bool| if found { CODE_YES } else { CODE_NO };
        let sight = |name, range| Answer::Number(rounded(wave.constant(name, range), 1));
        let text = |text: &str| Answer::Text(text.to_owned());
        let history = self.history();
        let symptoms = wave.sometimes("symptoms", 20);
        let old_ears = self.person.age > 64;
        let verdict = self.judgement();
        Some(match key {
            "urine-sugar-machine" if by_machine => Answer::Code(urine(profile.urine_sugar, "sugar")),
            "urine-sugar-sight" if !by_machine => Answer::Code(urine(profile.urine_sugar, "sugar")),
            "urine-protein-machine" if by_machine => Answer::Code(urine(profile.urine_protein, "protein")),
            "urine-protein-sight" if !by_machine => Answer::Code(urine(profile.urine_protein, "protein")),
            "urine-blood" if full => Answer::Code(1),
            "sediment" if full => Answer::Code(finding(profile.urine_protein)),
            "history" => Answer::Code(finding(!history.is_empty())),
            "history-text" if !history.is_empty() => Answer::Text(history.join("、")),
            "symptoms" => Answer::Code(finding(symptoms)),
            "symptoms-text" if symptoms => text(
                ["肩こり", "腰痛", "疲れやすい", "頭痛"]
                    .get(wave.way("symptoms", 4))
                    .copied()
                    .unwrap_or("肩こり"),
            ),
            "signs" => Answer::Code(finding(profile.anaemic)),
            "signs-text" if profile.anaemic => text("眼瞼結膜貧血様"),
            "ecg" if full || self.is_hypertensive() => Answer::Code(finding(ecg)),
            "ecg-text" if ecg && (full || self.is_hypertensive()) => text("左室高電位"),
            "sight-right" if full => sight("sight-right", (0.3, 1.2)),
            "sight-left" if full => sight("sight-left", (0.3, 1.2)),
            "sight-right-corrected" if full => sight("sight-right-corrected", (1.0, 1.5)),
            "sight-left-corrected" if full => sight("sight-left-corrected", (1.0, 1.5)),
            "hearing-1000-right" | "hearing-1000-left" if full => Answer::Code(CODE_NO),
            "hearing-4000-right" | "hearing-4000-left" if full => Answer::Code(finding(old_ears)),
            "chest-text" if full => text("異常なし"),
            "stool-blood" if full => Answer::Code(if wave.sometimes("stool", 6) { 2 } else { 1 }),
            "metabolic" => Answer::Code(verdict.metabolic(&catalogue().limits)),
            "guidance" => Answer::Code(verdict.guidance(&catalogue().limits)),
            "verdict" => Answer::Text(self.verdict()),
            "doctor" => text(
                ["見本　医一郎", "例題　診子", "試験　健太"]
                    .get(wave.way("doctor", 3))
                    .copied()
                    .unwrap_or("見本　医一郎"),
            ),
            _ => return None,
        })
    }

    fn has(&self, fact: Fact) -> bool {
        self.person.history.has(fact)
    }

    fn is_hypertensive(&self) -> bool {
        let limits = &catalogue().limits;
        let (systolic, diastolic) = self.pressure();
        systolic >= limits.systolic || diastolic >= limits.diastolic
    }

    fn history(&self) -> Vec<&'static str> {
        let known = [
            (Fact::BloodPressure, "高血圧症"),
            (Fact::Glucose, "２型糖尿病"),
            (Fact::Lipids, "脂質異常症"),
            (Fact::Heart, "慢性心不全"),
            (Fact::Stroke, "脳梗塞"),
            (Fact::Kidney, "慢性腎不全"),
        ];
        known.into_iter().filter(|(fact, _)| self.has(*fact)).map(|(_, name)| name).collect()
    }

    /// What the judgements are made from.
    fn judgement(&self) -> Judgement {
        let (systolic, diastolic) = self.pressure();
        Judgement {
            male: self.person.male,
            age: self.person.age,
            waist: self.waist,
            bmi: self.bmi,
            systolic,
            diastolic,
            triglyceride: self.triglyceride,
            hdl: self.hdl,
            glucose: self.fasting.then_some(self.glucose),
            hba1c: self.hba1c,
            smokes: self.person.profile.smokes,
            drugs: [Fact::Glucose, Fact::Lipids, Fact::BloodPressure].map(|fact| self.has(fact)),
        }
    }

    fn verdict(&self) -> String {
        let judgement = self.judgement();
        let [glucose, lipids, pressure] = judgement.risks(&catalogue().limits);
        let found = [
            (judgement.bmi >= catalogue().limits.bmi, "肥満"),
            (pressure, "血圧高値"),
            (lipids || self.ldl >= 140.0, "脂質異常"),
            (glucose, "血糖高値"),
            (self.egfr() < 60.0, "腎機能低下"),
            (self.person.profile.anaemic, "貧血"),
            (self.bmi < 18.5, "やせ"),
        ];
        let found: Vec<_> = found.iter().filter(|(found, _)| *found).map(|(_, name)| *name).collect();
        if found.is_empty() {
            "異常を認めません".to_owned()
        } else {
            format!("{}を認めます", found.join("、"))
        }
    }

    fn question(&self, key: &str) -> Option<Answer> {
        let (wave, profile) = (self.wave(), self.person.profile);
        let heavy = self.bmi >= catalogue().limits.bmi;
        // A habit that heavy people are more likely to have.
        let habit = |name: &str| wave.trait_of(name) < if heavy { 0.7 } else { 0.25 };
        let yes = |yes: bool| if yes { CODE_YES } else { CODE_NO };
        let drinking = if profile.drinks { 1 } else { wave.choice("drinking", &[1, 2, 2, 3, 3]) };
        let code = match key {
            "drug-blood-pressure" => yes(self.has(Fact::BloodPressure)),
            "drug-glucose" => yes(self.has(Fact::Glucose)),
            "drug-lipids" => yes(self.has(Fact::Lipids)),
            "stroke" => yes(self.has(Fact::Stroke)),
            "heart" => yes(self.has(Fact::Heart)),
            "kidney" => yes(self.has(Fact::Kidney)),
            "anaemia" => yes(profile.anaemic || self.has(Fact::Anaemia)),
            "smoking" => yes(profile.smokes),
            "weight-since-20" => yes(heavy),
            "exercise" | "walking" | "pace" => yes(!habit(key)),
            "weight-in-a-year" | "late-dinner" | "night-snacks" | "no-breakfast" => yes(habit(key)),
            "chewing" => wave.choice(key, if self.person.age > 64 { &[1, 1, 2] } else { &[1] }),
            "eating-speed" => wave.choice(key, if heavy { &[1, 1, 2] } else { &[1, 2, 2, 3] }),
            "snacks" => wave.choice(key, if heavy { &[1, 2] } else { &[2, 3] }),
            "drinking" => drinking,
            "drinking-amount" if drinking < 3 => {
                wave.choice(key, if profile.drinks { &[2, 3, 4] } else { &[1, 1, 2] })
            }
            "sleep" => yes(wave.trait_of(key) < 0.65),
            "change" => wave.choice(key, &[1, 2, 3, 4, 5]),
            "guidance-wish" | "guidance-had" => yes(heavy && wave.trait_of(key) < 0.5),
            _ => return None,
        };
        Some(Answer::Code(code))
    }
}
