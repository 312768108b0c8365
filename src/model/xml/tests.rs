use proptest::prelude::*;

use super::{Document, NewElement, Position, XmlError, XmlProblem, check_chars};

const DOMAIN: &str = r#"<?xml version="1.0"?>
<!-- top -->
<domain type='kvm' xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0">
  <name>a &amp; b</name>
  <os>
    <type arch = "x86_64"	machine='q35'>hvm</type>
  </os>
  <unknown odd="1" ><x/></unknown >
  <devices>
    <disk type='file' device='disk'>
      <source file='/a'/>
      <target dev='vda' bus="virtio"/>
    </disk>
    <disk type='file' device='cdrom'>
      <target dev='sda'/>
      <readonly/>
    </disk>
  </devices>
  <qemu:commandline/>
</domain>
<!-- end -->
"#;

fn doc(text: &str) -> Document {
    Document::parse(text).unwrap()
}

fn problem(text: &str) -> (usize, XmlProblem) {
    match Document::parse(text) {
        Err(XmlError::Malformed { line, problem }) => (line, problem),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_unedited_document_is_its_source() {
    assert_eq!(doc(DOMAIN).to_string(), DOMAIN);
    let crlf = DOMAIN.replace('\n', "\r\n");
    assert_eq!(doc(&crlf).to_string(), crlf);
    let bom = "\u{FEFF}<a><b>1</b></a>";
    assert_eq!(doc(bom).get("b").as_deref(), Some("1"));
    assert_eq!(doc(bom).as_str(), bom);
}

#[test]
fn paths_read_texts_attributes_and_predicates() {
    let doc = doc(DOMAIN);
    assert_eq!(doc.get("name").as_deref(), Some("a & b"));
    assert_eq!(doc.get("@type").as_deref(), Some("kvm"));
    assert_eq!(doc.get("os/type/@machine").as_deref(), Some("q35"));
    assert_eq!(doc.get("os/type/@arch").as_deref(), Some("x86_64"));
    assert_eq!(doc.get("devices/disk[2]/target/@dev").as_deref(), Some("sda"));
    let vda = "devices/disk[target/@dev='vda']/source/@file";
    assert_eq!(doc.get(vda).as_deref(), Some("/a"));
    assert_eq!(doc.select("devices/disk").len(), 2);
    assert_eq!(doc.select("devices/*[readonly]").len(), 1);
    assert_eq!(doc.select("devices/disk[@device='cdrom'][1]").len(), 1);
    assert_eq!(doc.get("devices/disk[3]"), None);
    for bad in ["", "a//b", "a[", "a]", "@x/y", "a[0]", "a[b='c]", "a[b=c]", "a b"] {
        assert_eq!(doc.get(bad), None, "{bad}");
    }
}

#[test]
fn namespaces_are_looked_up_outwards() {
    let text = "<d xmlns:q='u:q'><q:c/><m xmlns='u:m'><i/></m><n/></d>";
    let doc = doc(text);
    assert_eq!(doc.find("q:c").unwrap().namespace().as_deref(), Some("u:q"));
    assert_eq!(doc.find("q:c").unwrap().local_name(), "c");
    assert_eq!(doc.find("m/i").unwrap().namespace().as_deref(), Some("u:m"));
    assert_eq!(doc.find("n").unwrap().namespace(), None);
}

#[test]
fn text_joins_references_and_cdata_and_skips_comments() {
    let doc = doc("<a>x&lt;&#x41;<!-- no --><![CDATA[<&]]>\r\ny<b>not this</b></a>");
    assert_eq!(doc.root().text(), "x<A<&\ny");
}

#[test]
fn edits_change_only_their_bytes() {
    let mut doc = doc(DOMAIN);
    doc.set_text("name", "c<d").unwrap();
    doc.set_attr("os/type", "machine", "pc 'x'").unwrap();
    doc.set_attr("devices/disk[1]/target", "bus", "sata").unwrap();
    doc.set_attr("devices/disk[2]/target", "bus", "sata").unwrap();
    let expected = DOMAIN
        .replace("a &amp; b", "c&lt;d")
        .replace("'q35'", "'pc &apos;x&apos;'")
        .replace("\"virtio\"", "\"sata\"")
        .replace("<target dev='sda'/>", "<target dev='sda' bus='sata'/>");
    assert_eq!(doc.as_str(), expected);
    doc.remove_attr("os/type", "arch").unwrap();
    assert!(doc.as_str().contains("<type	machine="));
    doc.remove_attr("os/type", "arch").unwrap();
}

#[test]
fn setting_what_is_already_there_changes_nothing() {
    let mut doc = doc("<a b=\"&#49;\"><c>&#x31;</c></a>");
    let before = doc.clone();
    doc.set_attr(".", "b", "1").unwrap();
    doc.set_text("c", "1").unwrap();
    assert_eq!(doc, before);
}

#[test]
fn children_are_inserted_on_their_own_line_and_removed_with_it() {
    let mut doc = doc(DOMAIN);
    doc.insert_child("devices", Position::Last, "<tpm model='tpm-crb'/>").unwrap();
    assert!(doc.as_str().contains("    </disk>\n    <tpm model='tpm-crb'/>\n  </devices>"));
    doc.remove("devices/tpm").unwrap();
    assert_eq!(doc.as_str(), DOMAIN);
    doc.insert_child("devices", Position::First, "<emulator>/q</emulator>").unwrap();
    assert!(doc.as_str().contains("<devices>\n    <emulator>/q</emulator>\n    <disk"));
    doc.remove("devices/emulator").unwrap();
    assert_eq!(doc.as_str(), DOMAIN);
    let second = doc.find("devices/disk[2]").unwrap().id();
    doc.insert_child("devices", Position::Before(second), "<x/>").unwrap();
    let order: Vec<_> =
        doc.find("devices").unwrap().children().map(|c| c.name().to_owned()).collect();
    assert_eq!(order, ["disk", "x", "disk"]);
}

#[test]
fn an_empty_element_opens_for_a_child_or_a_text() {
    let mut doc = doc("<a>\n  <b c='1' />\n</a>");
    doc.insert_child("b", Position::Last, "<d/>").unwrap();
    assert_eq!(doc.as_str(), "<a>\n  <b c='1'>\n    <d/>\n  </b>\n</a>");
    doc.set_text("b/d", "t").unwrap();
    assert_eq!(doc.get("b/d").as_deref(), Some("t"));
    assert_eq!(doc.set_text("b", "t"), Err(XmlError::HasChildren("b".to_owned())));
}

#[test]
fn missing_elements_are_made_along_a_path() {
    let mut doc = doc("<domain><os/></domain>");
    let id = doc.ensure("os/loader/x").unwrap();
    doc.set_attr(id, "y", "1").unwrap();
    assert_eq!(doc.as_str(), "<domain><os><loader><x y='1'/></loader></os></domain>");
    assert!(doc.ensure("os/disk[2]").is_err());
}

#[test]
fn a_stale_id_is_refused() {
    let mut doc = doc(DOMAIN);
    let id = doc.find("name").unwrap().id();
    doc.remove("unknown").unwrap();
    assert_eq!(doc.set_text(id, "x"), Err(XmlError::Stale));
    assert_eq!(doc.remove("."), Err(XmlError::Root));
    assert_eq!(doc.remove("nothing"), Err(XmlError::NotFound("nothing".to_owned())));
}

#[test]
fn a_fragment_cannot_break_out_of_its_place() {
    let mut doc = doc("<a><b/></a>");
    for bad in ["<x/></a><a>", "<x", "text", "<x/><y/>", "<!-- c --><x/>", "<x>&bomb;</x>", ""] {
        assert!(doc.insert_child(".", Position::Last, bad).is_err(), "{bad}");
    }
    assert_eq!(doc.as_str(), "<a><b/></a>");
    doc.replace_element("b", "<c/>").unwrap();
    assert_eq!(doc.as_str(), "<a><c/></a>");
}

#[test]
fn what_is_not_well_formed_is_refused_with_its_line() {
    assert_eq!(problem("<a>\n<b>\n</a>"), (3, XmlProblem::Unbalanced("b".to_owned())));
    assert_eq!(problem("<a/>\n\n<b/>"), (3, XmlProblem::OutsideRoot));
    assert_eq!(problem("x<a/>").1, XmlProblem::OutsideRoot);
    assert_eq!(problem("").1, XmlProblem::NoRoot);
    assert_eq!(problem("<a>").1, XmlProblem::Unbalanced("a".to_owned()));
    assert_eq!(problem("<a b='1'\nb='2'/>").1, XmlProblem::DuplicateAttribute("b".to_owned()));
    assert_eq!(problem("<a>\u{1}</a>").1, XmlProblem::Forbidden(super::ForbiddenChar('\u{1}')));
    assert_eq!(problem("<a>&#0;</a>").1, XmlProblem::BadReference("#0".to_owned()));
    for bad in [
        "<a b=1/>",
        "<a b/>",
        "<a b='1'c='2'/>",
        "<a b='<'/>",
        "<a b='1/>",
        "<1/>",
        "< a/>",
        "<a><!-- -- --></a>",
        "<a>&</a>",
        "<a>]]></a>",
        "<a></b>",
        "<a b='&x;'/>",
        "</a>",
        "<a/> x",
        "<a><?xml version='1.0'?></a>",
        "&amp;<a/>",
        "<a><![CDATA[</a>",
        "<a",
        "<>",
    ] {
        assert!(Document::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn bombs_are_refused() {
    let bomb = "<!DOCTYPE a [<!ENTITY x 'y'><!ENTITY z '&x;&x;'>]>\n<a>&z;</a>";
    assert_eq!(problem(bomb), (1, XmlProblem::DocType));
    assert_eq!(problem("<a>\n&z;</a>"), (2, XmlProblem::UnknownEntity("z".to_owned())));
    let deep = "<a>".repeat(100_000);
    assert!(matches!(problem(&deep).1, XmlProblem::TooDeep { .. }));
    let large = format!("<a>{}</a>", " ".repeat(17 * 1024 * 1024));
    assert!(matches!(problem(&large).1, XmlProblem::TooLarge { .. }));
    let wide = format!("<a>{}</a>", "<b/>".repeat(1_100_000));
    assert!(matches!(problem(&wide).1, XmlProblem::TooManyNodes { .. }));
}

#[test]
fn new_elements_escape_and_refuse() {
    let xml =
        NewElement::with_text("name", "ñ <&>'\"\r\n").attr("a", "\n\t'\"<é").to_xml().unwrap();
    let back = doc(xml.trim());
    assert_eq!(back.root().text(), "ñ <&>'\"\r\n");
    assert_eq!(back.get("@a").as_deref(), Some("\n\t'\"<é"));
    assert!(NewElement::with_text("name", "a\u{0}b").to_xml().is_err());
    assert!(NewElement::new("name").attr("x", "\u{FFFF}").to_xml().is_err());
}

fn any_text() -> impl Strategy<Value = String> {
    // Half the time text full of what matters to XML.
    prop_oneof![".*", "[<>&'\" a\\]\n\r\téñ漢😀-]{0,40}"]
}

fn any_tree() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("<b/>".to_owned()),
        "[a-z \n]{0,8}".prop_map(|t| format!("<c k=\"{t}\" l='\"'>{t}&amp;</c>")),
        "[a-z ]{0,8}".prop_map(|t| format!("<!--{t}-->")),
        "[<&a-z ]{0,8}".prop_map(|t| format!("<![CDATA[{t}]]>")),
        "[a-z\n ]{0,8}",
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        proptest::collection::vec(inner, 0..6)
            .prop_map(|v| format!("<d x = '1'>{}</d >", v.concat()))
    })
    .prop_map(|inner| format!("<?xml version='1.0'?>\n<r>{inner}</r>\n"))
}

proptest! {
    #[test]
    fn any_document_comes_back(text in any_tree()) {
        prop_assert_eq!(doc(&text).to_string(), text);
    }

    #[test]
    fn any_garbage_is_an_error_or_a_document(text in "[<>/a='\"&;!\\[\\]\\-? \n]{0,60}") {
        if let Ok(parsed) = Document::parse(&text) {
            prop_assert_eq!(parsed.as_str(), text);
        }
    }

    #[test]
    fn any_value_is_read_back_as_it_was_set(value in any_text()) {
        let mut edited = doc("<a x='1'><b y=\"2\"/><c/></a>");
        if check_chars(&value).is_ok() {
            edited.set_text("b", &value).unwrap();
            edited.set_attr("b", "y", &value).unwrap();
            edited.set_attr("c", "z", &value).unwrap();
            prop_assert_eq!(edited.get("b"), Some(value.clone()));
            prop_assert_eq!(edited.get("b/@y"), Some(value.clone()));
            prop_assert_eq!(edited.get("c/@z"), Some(value));
        } else {
            prop_assert!(edited.set_text("b", &value).is_err());
            prop_assert!(edited.set_attr("b", "y", &value).is_err());
        }
    }

    #[test]
    fn inserting_and_removing_gives_the_document_back(text in any_tree()) {
        let mut edited = doc(&text);
        edited.insert_child(".", Position::Last, "<new-one/>").unwrap();
        prop_assert!(edited.find("new-one").is_some());
        prop_assert_eq!(edited.as_str().matches("<new-one/>").count(), 1);
        edited.remove("new-one").unwrap();
        if edited.root().children().next().is_some() {
            prop_assert_eq!(edited.to_string(), text);
        }
    }
}
