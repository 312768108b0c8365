"""The program opens, and can be left."""

from harness import WindowTest, keys


class Window(WindowTest):
    session = True

    def test_it_opens_and_is_left_by_keyboard(self):
        app = self.start_app()
        self.assertTrue(app.window().name)
        keys("ctrl+q")
        self.assertEqual(app.wait(), 0)
