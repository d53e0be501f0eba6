//! Made-up names, real regions: what organisations are called and where they are.

use super::chance::{Chance, Purpose};
use heng_model::SubjectKind;

/// A county-level division of Hubei (GB/T 2260) with the word that names in it begin with.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Region {
    pub(super) code: &'static str,
    pub(super) place: &'static str,
}

/// Divisions by prefecture; the first list is Wuhan's, where most organisations are.
const DIVISIONS: [(&str, &[&str]); 17] = [
    (
        "武汉",
        &[
            "420102", "420103", "420104", "420105", "420106", "420107", "420111", "420112", "420113", "420114",
            "420115", "420116", "420117",
        ],
    ),
    ("黄石", &["420202", "420203", "420204", "420205", "420222", "420281"]),
    ("十堰", &["420302", "420303", "420304", "420322", "420323", "420324", "420325", "420381"]),
    (
        "宜昌",
        &[
            "420502", "420503", "420504", "420505", "420506", "420525", "420526", "420527", "420528", "420581",
            "420582", "420583",
        ],
    ),
    ("襄阳", &["420602", "420606", "420607", "420624", "420625", "420626", "420682", "420683", "420684"]),
    ("鄂州", &["420702", "420703", "420704"]),
    ("荆门", &["420802", "420804", "420822", "420881", "420882"]),
    ("孝感", &["420902", "420921", "420922", "420923", "420981", "420982", "420984"]),
    ("荆州", &["421002", "421003", "421022", "421024", "421081", "421083", "421087", "421088"]),
    ("黄冈", &["421102", "421121", "421122", "421123", "421124", "421125", "421126", "421127", "421181", "421182"]),
    ("咸宁", &["421202", "421221", "421222", "421223", "421224", "421281"]),
    ("随州", &["421303", "421321", "421381"]),
    ("恩施", &["422801", "422802", "422822", "422823", "422825", "422826", "422827", "422828"]),
    ("仙桃", &["429004"]),
    ("潜江", &["429005"]),
    ("天门", &["429006"]),
    ("神农架", &["429021"]),
];

/// Shares of ten thousand, prefecture by prefecture.
const DIVISION_SHARES: [u32; 17] =
    [3_300, 500, 600, 850, 1_000, 250, 500, 700, 750, 600, 400, 250, 200, 40, 30, 20, 10];

/// Where an organisation is.
pub(super) fn region(chance: &mut Chance) -> Region {
    let Some((place, codes)) = DIVISIONS.get(chance.share(&DIVISION_SHARES)) else { return Region::default() };
    Region { code: chance.pick(codes), place }
}

/// Industry: code of GB/T 4754 and the word in names.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Industry {
    pub(super) code: &'static str,
    pub(super) word: &'static str,
    /// Does it hire migrant workers by the project?
    pub(super) builds: bool,
}

const fn industry(code: &'static str, word: &'static str) -> Industry {
    Industry { code, word, builds: false }
}

const fn building(code: &'static str, word: &'static str) -> Industry {
    Industry { code, word, builds: true }
}

/// Industries; those named more often have more rows.
pub(super) const INDUSTRIES: [Industry; 24] = [
    building("E4710", "建筑工程"),
    building("E4813", "市政工程"),
    building("E5011", "装饰工程"),
    building("E4910", "机电安装"),
    building("E5090", "建筑劳务"),
    industry("F5191", "商贸"),
    industry("F5211", "百货"),
    industry("F5169", "物资"),
    industry("F5274", "电子商务"),
    industry("F5153", "医药"),
    industry("H6210", "餐饮管理"),
    industry("H6110", "酒店管理"),
    industry("G5430", "物流"),
    industry("C1310", "粮油"),
    industry("C1751", "纺织"),
    industry("C2643", "涂料"),
    industry("C3311", "金属制品"),
    industry("C3670", "汽车零部件"),
    industry("C3976", "光电科技"),
    industry("I6513", "软件科技"),
    industry("K7020", "物业服务"),
    industry("L7244", "企业管理咨询"),
    industry("M7520", "节能环保"),
    industry("A0111", "农业开发"),
];

const SYLLABLES: [&str; 64] = [
    "岚", "黎", "珂", "澜", "屿", "砚", "祺", "翎", "皓", "沐", "笙", "朔", "垚", "钰", "棠", "霁", "蔚", "湛", "珩",
    "璟", "芷", "柘", "岫", "漪", "铎", "昱", "铄", "岑", "淮", "漾", "樾", "颐", "珞", "栩", "峤", "沅", "澧", "溱",
    "郢", "鄢", "蕲", "浠", "涢", "漳", "夔", "巽", "璞", "琮", "瑾", "皋", "穗", "粲", "绮", "缙", "翊", "舜", "茗",
    "荃", "菡", "蒗", "誉", "谧", "赭", "逸",
];

const FORMS: [&str; 3] = ["有限公司", "有限责任公司", "股份有限公司"];

/// Appends a name; another `generation` is another name of the same organisation.
pub(super) fn write_name(
    out: &mut Vec<u8>,
    seed: u64,
    no: u32,
    generation: u8,
    kind: SubjectKind,
    region: Region,
    industry: Industry,
) {
    let mut chance = Chance::new(seed, Purpose::Name, no, generation.into());
    let mut parts = [region.place, "", "", "", "", "", ""];
    for part in parts.iter_mut().skip(1).take(3) {
        *part = chance.pick(&SYLLABLES);
    }
    let tail = match kind {
        SubjectKind::Enterprise => {
            [industry.word, FORMS.get(chance.share(&[8_000, 1_500, 500])).copied().unwrap_or_default()]
        }
        SubjectKind::IndividualBusiness => [industry.word, chance.pick(&["店", "经营部", "商行", "工作室"])],
        SubjectKind::Cooperative => [chance.pick(&["茶叶", "水产", "柑橘", "蔬菜", "稻虾"]), "种养殖专业合作社"],
        SubjectKind::Institution => {
            [chance.pick(&["职业", "社区", "公益"]), chance.pick(&["服务中心", "研究院", "培训学校"])]
        }
        SubjectKind::SocialOrganisation => [industry.word, chance.pick(&["协会", "商会", "促进会"])],
        SubjectKind::GovernmentBody | SubjectKind::Person => ["事务", "管理局"],
    };
    for (part, word) in parts.iter_mut().skip(4).zip(tail) {
        *part = word;
    }
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
}
