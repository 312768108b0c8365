"""A guest's hardware, changed in the window and seen from outside."""

import re
from xml.etree import ElementTree

import screen
from harness import WindowTest, needs_guests, wait_for

GUEST = """
<domain type='qemu'><name>{name}</name><memory unit='MiB'>128</memory>
  <vcpu current='1'>2</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices>
    <disk type='file' device='cdrom'><target dev='sda' bus='sata'/><readonly/></disk>
    <interface type='user'><mac address='52:54:00:77:00:01'/><model type='virtio'/></interface>
    <controller type='usb' model='qemu-xhci'/>
    <graphics type='vnc'><listen type='none'/></graphics><video><model type='vga'/></video>
  </devices>
</domain>"""


class Hardware(WindowTest):
    def guest(self, running):
        name = self.unique("hardware")
        file = self.folder / "guest.xml"
        file.write_text(GUEST.format(name=name))
        self.virsh("define", file)
        if running:
            self.virsh("start", name)
        return name

    def xml(self, name, *flags):
        return ElementTree.fromstring(self.virsh("dumpxml", name, *flags))

    def open(self, name):
        return self.start_app("--connect", self.uri, "--show-domain-editor", name)

    def choose(self, app, label, value):
        """Chooses in a field's list."""
        app.find("combo box|toggle button|button", re.escape(label)).show().click()
        app.find("list item", re.escape(value)).click()

    def apply(self, app):
        app.find("button", "Apply").click()

    @needs_guests
    def test_a_running_guest_follows_at_once_or_at_the_next_start(self):
        name = self.guest(running=True)
        app = self.open(name)
        app.find("list item", "Network Interface.*", timeout=60).click()
        self.choose(app, "Cable", "Unplugged")
        app.find("label", "1 change")
        self.apply(app)
        link = "devices/interface/link"
        wait_for("the cable to be out now", lambda: self.xml(name).find(link) is not None)
        self.assertEqual(self.xml(name).find(link).get("state"), "down")
        self.assertEqual(self.xml(name, "--inactive").find(link).get("state"), "down")

        app.find("list item", "Processors").click()
        app.find("text", "Maximum processors").type("3")
        self.apply(app)
        vcpus = lambda *flags: self.xml(name, *flags).findtext("vcpu")  # noqa: E731
        wait_for("the next start's processors", lambda: vcpus("--inactive") == "3")
        self.assertEqual(vcpus(), "2")
        app.find("label", "Until the next start: 2")
        app.find("label", "Some changes wait for the guest’s next start")

        # A new disk is made and plugged in.
        app.find("button", "Add Hardware").click()
        app.find("list item", "Disk").click()
        size = app.find("text", "Size")
        size.type("nonsense")
        wait_for("no disk of that size", lambda: not app.find("button", "Add").enabled)
        size.type("16 MiB")
        app.find("button", "Add").click()
        app.find("text", "Image or medium")
        self.apply(app)
        disk = "devices/disk[@device='disk']/source"
        wait_for("the disk", lambda: self.xml(name).find(disk) is not None)
        image = self.xml(name, "--inactive").find(disk).get("file")
        self.assertIn("16.00 MiB", self.virsh("vol-info", image))

        # It grows while the guest runs, and never shrinks.
        app.find("list item", "Disk.*").click()
        app.find("button", "Make Larger…").click()
        size = app.find("text", "New size")
        size.type("8 MiB")
        dialog = app.find("dialog|alert", "Make the Disk Larger")
        wait_for("nothing smaller", lambda: not dialog.find("button", "Make Larger").enabled)
        size.type("24 MiB")
        dialog.find("button", "Make Larger").click()
        app.find("label", "24 MiB, of which .*")
        self.assertIn("24.00 MiB", self.virsh("vol-info", image))

        # A device comes and goes while the guest runs.
        app.find("button", "Add Hardware").click()
        app.find("list item", "Tablet").show().click()
        self.apply(app)
        tablet = "devices/input[@type='tablet']"
        wait_for("the tablet", lambda: self.xml(name).find(tablet) is not None)
        self.assertIsNotNone(self.xml(name, "--inactive").find(tablet))
        app.find("list item", "Tablet.*").click()
        app.find("button", "Remove Device").click()
        self.apply(app)
        wait_for("no tablet", lambda: self.xml(name).find(tablet) is None)
        self.assertIsNone(self.xml(name, "--inactive").find(tablet))

        # What waits applies with a restart.
        app.find("button", "Restart Now…").click()
        app.find("dialog|alert", f"Restart “{name}” Now.").find("button", "Restart").click()
        app.gone("dialog|alert")
        # Nobody inside hears the button.
        self.virsh("destroy", name)
        wait_for("the processors of the new start", lambda: vcpus() == "3", 60)
        app.gone("label", "Some changes wait for the guest’s next start")

    @needs_guests
    def test_what_waits_is_taken_back_field_by_field(self):
        name = self.guest(running=True)
        app = self.open(name)
        waits = "Some changes wait for the guest’s next start"
        app.find("list item", "Processors", timeout=60).click()
        app.find("text", "Maximum processors").type("3")
        app.find("list item", "Machine").click()
        self.choose(app, "When it crashes", "Restart")
        self.apply(app)
        app.find("label", waits)
        crash = lambda: self.xml(name, "--inactive").findtext("on_crash")  # noqa: E731
        self.assertEqual(crash(), "restart")
        app.find("button", "Take back: When it crashes").show().click()
        app.find("label", "1 change")
        choice = app.find("toggle button", "When it crashes")
        wait_for("the keyboard to stay in the row", lambda: "focused" in choice.states)
        self.apply(app)
        app.find("label", "No changes")
        self.assertEqual(crash(), self.xml(name).findtext("on_crash"))

        # What others change is noticed while the guest runs, too.
        app.find("list item", "Memory").click()
        app.find("text", "Memory").type("256 MiB")
        self.virsh("desc", name, "--config", "--new-desc", "theirs")
        app.find("label", "Somebody else changed this guest meanwhile")
        app.find("button", "Discard").click()
        app.gone("label", "Somebody else changed this guest meanwhile")

        # The other one still waits.
        app.find("label", waits)
        app.find("list item", "Processors").click()
        app.find("label", "Until the next start: 2")
        app.find("button", "Take back: Maximum processors").click()
        maximum = app.find("text", "Maximum processors")
        wait_for("what there is now", lambda: maximum.text == "2")
        # What is taken back comes back in the same way.
        app.find("button", "Take back: Maximum processors").click()
        wait_for("what waits", lambda: maximum.text == "3")
        app.find("label", "No changes")
        app.find("button", "Take back: Maximum processors").click()
        self.apply(app)
        app.gone("label", waits)
        self.assertEqual(self.xml(name, "--inactive").findtext("vcpu"), "2")

    @needs_guests
    def test_the_keyboard_stays_where_it_is_when_the_window_gets_narrow(self):
        name = self.guest(running=False)
        app = self.open(name)
        window = app.window().window
        app.find("list item", "Memory", timeout=60).click()
        app.find("text", "Memory").focus()
        for width in [400, 1000]:
            screen.resize(window, width, 700)
            narrow = lambda w=width: bool(app.find_all("button", "Back")) == (w == 400)  # noqa: E731
            wait_for(f"the window to be {width} wide", narrow)
            wait_for("the keyboard in the field", lambda: "focused" in app.find("text", "Memory").states)

    @needs_guests
    def test_the_screen_speaks_another_protocol_with_all_that_belongs_to_it(self):
        name = self.guest(running=False)
        app = self.open(name)
        devices = lambda: self.xml(name, "--inactive").find("devices")  # noqa: E731
        server = lambda: devices().find("graphics").get("type")  # noqa: E731
        app.find("list item", "Graphical Console, VNC", timeout=60).show().click()
        app.find("button", "Change to SPICE").show().click()
        app.find("label", r"\d+ changes")
        self.assertEqual(server(), "vnc", "nothing is done before it is applied")
        self.apply(app)
        wait_for("SPICE", lambda: server() == "spice")
        self.assertEqual(devices().find("channel/target").get("name"), "com.redhat.spice.0")
        self.assertEqual(len(devices().findall("redirdev")), 2)
        self.assertIsNotNone(devices().find("sound"))
        self.virsh("start", name)
        self.virsh("destroy", name)

        app.find("list item", "Graphical Console, SPICE").show().click()
        app.find("button", "Change to VNC").show().click()
        self.apply(app)
        wait_for("VNC", lambda: server() == "vnc")
        self.assertEqual(devices().findall("redirdev") + devices().findall("channel"), [])
        self.virsh("start", name)

    @needs_guests
    def test_images_of_the_host_are_chosen_for_disks_and_drives(self):
        name = self.guest(running=False)
        pool, folder = self.unique("images"), self.folder / "images"
        folder.mkdir()
        self.virsh("pool-create-as", pool, "dir", "--target", folder)
        self.addCleanup(self.virsh, "pool-destroy", pool)
        for image, form in [("data.vmdk", "vmdk"), ("rescue.iso", "raw")]:
            self.virsh("vol-create-as", pool, image, "1M", "--format", form)
        app = self.open(name)
        app.find("button", "Add Hardware", timeout=60).click()
        app.find("list item", "Disk").click()
        app.find("button", "Existing Image…").click()
        app.find("text", "Search images").type("vmdk")
        app.gone("list item", "rescue.iso.*")
        app.find("list item", "data.vmdk.*").click()
        app.find("text", "Image or medium")
        self.apply(app)
        disk = "devices/disk[@device='disk']"
        wait_for("the disk", lambda: self.xml(name).find(disk) is not None)
        self.assertEqual(self.xml(name).find(f"{disk}/source").get("file"), str(folder / "data.vmdk"))
        self.assertEqual(self.xml(name).find(f"{disk}/driver").get("type"), "vmdk")

        # It goes with its image only if that is asked for.
        app.find("button", "Remove Device").click()
        dialog = app.find("dialog|alert", "Remove the Disk.")
        dialog.find("button", "Remove and Delete Image").click()
        app.gone("dialog|alert")
        self.assertTrue((folder / "data.vmdk").exists())
        self.apply(app)
        wait_for("no disk", lambda: self.xml(name).find(disk) is None)
        wait_for("no image", lambda: not (folder / "data.vmdk").exists())

        app.find("list item", "CD Drive.*").click()
        app.find("button", "Choose an Image").click()
        app.find("list item", "rescue.iso.*").click()
        self.apply(app)
        medium = "devices/disk[@device='cdrom']/source"
        wait_for("the medium", lambda: self.xml(name).find(medium) is not None)
        self.assertEqual(self.xml(name).find(medium).get("file"), str(folder / "rescue.iso"))

    @needs_guests
    def test_what_cannot_be_is_told_at_the_field_and_nothing_is_lost(self):
        name = self.guest(running=False)
        before = self.virsh("dumpxml", name)
        app = self.open(name)
        app.find("list item", "Memory", timeout=60).click()
        memory = app.find("text", "Memory")
        memory.type("plenty")
        app.find("label", "Type an amount such as 512 MiB or 4 GiB")
        self.assertFalse(app.find("button", "Apply").enabled)
        memory.type("256 MiB")
        app.gone("label", "Type an amount .*")
        # Somebody else is faster: both are shown, and one is chosen.
        self.virsh("desc", name, "--config", "--new-desc", "theirs")
        app.find("label", "Somebody else changed this guest meanwhile")
        self.apply(app)
        dialog = app.find("dialog", "Changed Meanwhile")
        self.assertRegex(dialog.find("text", "Their Changes").text, r"\+ +<description>theirs<")
        self.assertEqual(self.xml(name).findtext("memory"), "131072")
        dialog.find("button", "Take Theirs").click()
        app.gone("dialog", "Changed Meanwhile")
        memory = app.find("text", "Memory")
        wait_for("the guest as it is", lambda: memory.text == "128 MiB")
        memory.type("256 MiB")
        self.virsh("desc", name, "--config", "--new-desc", "theirs again")
        app.find("button", "Compare Changes").click()
        app.find("dialog", "Changed Meanwhile").find("button", "Apply Mine on Top").click()
        wait_for("the memory", lambda: self.xml(name).findtext("memory") == "262144")
        self.assertEqual(self.xml(name).findtext("description"), "theirs again")
        self.assertIn("131072", before)

    @needs_guests
    def test_features_nodes_and_pins_are_changed_one_by_one(self):
        name = self.guest(running=False)
        app = self.open(name)
        app.find("list item", "Processors", timeout=60).click()
        self.choose(app, "Kind of processor", "All that is possible")
        add = app.find("button", "Add Feature…")
        for feature in ["aes", "posada-none"]:
            add.show().click()
            app.find("text|entry", "Name of a feature").type(feature)
            app.find("list item", feature)
            self.keys("Return")
            app.find("button", f"Remove {feature}")
        app.find("button", "Remove posada-none").show().click()
        app.gone("button", "Remove posada-none")
        self.choose(app, "aes", "Off")
        app.find("text", "Maximum processors").show().type("4")

        app.find("list item", "Memory").click()
        app.find("spin button", "Number of nodes").show().type("2")
        self.keys("Return")
        node = app.find("text", "Node 1: memory").show()
        wait_for("half of the memory", lambda: node.text == "64 MiB")
        node.type("192 MiB")

        app.find("list item", "Resources").click()
        pin = app.find("text", "Processor 3").show()
        pin.type("0-")
        app.find("label", "Type numbers and ranges.*")
        self.assertFalse(app.find("button", "Apply").enabled)
        pin.type("0")
        self.apply(app)
        wait_for("the processors", lambda: self.xml(name).findtext("vcpu") == "4")
        xml = self.xml(name)
        feature = xml.find("cpu/feature")
        self.assertEqual((feature.get("name"), feature.get("policy")), ("aes", "disable"))
        cells = [(c.get("cpus"), c.get("memory")) for c in xml.iterfind("cpu/numa/cell")]
        self.assertEqual(cells, [("0-1", "65536"), ("2-3", "196608")])
        self.assertEqual(xml.findtext("memory"), "262144")
        pins = [(p.get("vcpu"), p.get("cpuset")) for p in xml.iterfind("cputune/vcpupin")]
        self.assertEqual(pins, [("3", "0")])

        # Taken back one by one.
        app.find("text", "Processor 3").show().type("")
        app.find("list item", "Memory").click()
        app.find("spin button", "Number of nodes").show().type("0")
        self.keys("Return")
        app.gone("text", "Node 1: memory")
        app.find("list item", "Processors").click()
        app.find("button", "Remove aes").show().click()
        self.apply(app)
        wait_for("no node", lambda: self.xml(name).find("cpu/numa") is None)
        self.assertIsNone(self.xml(name).find("cputune"))
        self.assertIsNone(self.xml(name).find("cpu/feature"))

    @needs_guests
    def test_the_boot_order_is_changed_by_dragging_and_by_keyboard(self):
        name = self.guest(running=False)
        app = self.open(name)

        def order():
            devices = self.xml(name, "--inactive").find("devices")
            told = [(d.find("boot").get("order"), d.tag) for d in devices if d.find("boot") is not None]
            return [tag for _, tag in sorted(told)]

        app.find("list item", "Starting", timeout=60).click()
        page = app.find("grouping", "Starting")
        rows = lambda: [row.name for row in page.find_all("list item", "CD Drive.*|Network.*")]  # noqa: E731
        for device in ["CD Drive 1", "Network Interface"]:
            check = page.find("check box", device)
            if not check.checked:
                check.show().click()
                wait_for(f"{device} to be tried", lambda d=device: page.find("check box", d).checked)
        first, second = rows()
        upper, lower = (page.find("list item", row).show().steady_centre() for row in (first, second))
        screen.drag(lower, upper, rows)
        wait_for("the other order", lambda: rows() == [second, first])

        # By the keyboard, which stays with the device: back, and there again.
        check = page.find("check box", second)
        wait_for("the keyboard at what was dragged", lambda: "focused" in check.states)
        self.keys("Tab", "Return")
        wait_for("the first order", lambda: rows() == [first, second])
        self.keys("Return")
        wait_for("the other order again", lambda: rows() == [second, first])
        self.apply(app)
        tags = {"CD Drive 1": "disk", "Network Interface": "interface"}
        wait_for("the order", lambda: order() == [tags[second], tags[first]])

    @needs_guests
    def test_a_running_guest_is_pinned_at_once(self):
        name = self.guest(running=True)
        app = self.open(name)
        app.find("list item", "Resources", timeout=60).click()
        app.find("text", "Processor 0").show().type("0")
        app.find("label", "Changed; applies at once where the hypervisor can")
        self.apply(app)
        pin = "cputune/vcpupin[@vcpu='0']"
        wait_for("the pin", lambda: self.xml(name).find(pin) is not None)
        self.assertEqual(self.xml(name).find(pin).get("cpuset"), "0")
        self.assertEqual(self.xml(name, "--inactive").find(pin).get("cpuset"), "0")
        self.assertIn("0", self.virsh("vcpupin", name, "0", "--live"))
