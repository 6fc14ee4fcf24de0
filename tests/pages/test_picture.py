"""A picture of the reader's, shown to the network on the page."""

import pytest

PAGE = "book/real_photos.html"


def opened(visit, **options):
    page = visit(PAGE, **options)
    page.tab.get_by_role("button", name="Show it a picture").click()
    page.tab.locator(".course-picture-pick").first.wait_for()
    return page


def answer(page):
    """Wait for what the network says: -> the first sentence."""
    result = page.tab.locator(".course-picture .inpage-output strong")
    result.first.wait_for()
    return result.first.inner_text()


def settled(page):
    """Wait until nothing runs any more."""
    page.tab.wait_for_function("() => !document.querySelector('.course-picture[aria-busy=true]')")


def test_before_the_click_nothing_is_loaded(visit):
    page = visit(PAGE)
    page.tab.wait_for_load_state("networkidle")
    late = ("inpage.json", "/inpage-", ".whl", "pyodide")
    assert not [url for url in page.asked if any(part in url for part in late)]


def test_a_picked_picture_gets_classes_sensitive_places_and_maps(visit):
    page = opened(visit)
    picks = page.tab.locator(".course-picture-pick")
    assert picks.count() == 6
    assert picks.first.evaluate("pick => pick === document.activeElement")
    page.tab.keyboard.press("Enter")
    assert "%" in answer(page)
    assert picks.first.get_attribute("aria-pressed") == "true"
    box = page.tab.locator(".course-picture")
    assert box.locator("table tr").count() == 10
    chances = [int(cell.rstrip("%")) for cell in box.locator("td:nth-child(3)").all_inner_texts()]
    assert chances == sorted(chances, reverse=True) and 95 <= sum(chances) <= 105
    pictures = [image.get_attribute("alt") for image in box.locator("figure img").all()]
    assert "gradient" in pictures[0] and pictures[1].startswith("10 small gray maps")
    assert "No caption" in box.inner_text()
    heard = box.locator("[role=status]").all_inner_texts()
    assert answer(page) in heard  # a screen reader says it


def test_a_shape_is_moved_with_keys_and_the_answer_follows(visit):
    page = opened(visit)
    page.tab.get_by_role("button", name="a red disk").click()
    answer(page)
    seen = page.tab.get_by_role("img", name="What the network gets")
    left = page.tab.get_by_role("button", name="Move it left")
    before = page.tab.locator(".course-picture figure img").first.get_attribute("src")
    left.focus()
    page.tab.keyboard.press("ArrowLeft")
    page.tab.keyboard.press("ArrowDown")
    left.click()
    assert seen.get_attribute("aria-label").endswith("moved by -4 to the right and 2 down")
    settled(page)
    after = page.tab.locator(".course-picture figure img").first.get_attribute("src")
    assert after != before


@pytest.fixture
def photo(tmp_path):
    """A photograph of several megapixels, as a phone takes it: green in the middle square."""
    Image = pytest.importorskip("PIL.Image")
    picture = Image.new("RGB", (1600, 800), (255, 0, 0))
    picture.paste((0, 200, 0), (400, 0, 1200, 800))
    picture.save(tmp_path / "mine.jpg", quality=95)
    return tmp_path / "mine.jpg"


def test_a_file_is_taken_and_its_middle_square_is_what_the_network_gets(visit, photo):
    page = opened(visit)
    page.tab.locator(".course-picture input[type=file]").set_input_files(photo)
    answer(page)
    corner = page.tab.evaluate(
        "() => [...document.querySelector('.course-picture-seen').getContext('2d')"
        ".getImageData(0, 16, 1, 1).data]"
    )
    assert corner[0] < 30 and 180 < corner[1] < 220
    sent = [url for url in page.asked if "mine" in url]
    assert sent == []


def test_a_file_that_is_no_picture_gets_a_sentence(visit, tmp_path):
    (tmp_path / "notes.jpg").write_text("no picture")
    page = opened(visit, python=False)
    page.tab.locator(".course-picture input[type=file]").set_input_files(tmp_path / "notes.jpg")
    page.until(".course-picture .inpage-note", "notes.jpg cannot be read as a picture here")
    assert page.tab.locator(".course-picture-now").is_hidden()


def test_without_python_a_sentence_says_what_to_do(visit):
    page = opened(visit, python="http://127.0.0.1:9/")
    page.tab.locator(".course-picture-pick").first.click()
    note = page.tab.locator(".course-picture .inpage-note")
    page.until(".course-picture .inpage-note", "Python could not be loaded")
    assert "Press again to retry" in note.inner_text() and "course.try_on" in note.inner_text()
    assert "answers" not in note.inner_text()
    page.asked = [url for url in page.asked if not url.startswith("http://127.0.0.1:9/")]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_on_a_phone_nothing_is_wider_than_the_page(visit, dark):
    page = opened(visit, width=390, dark=dark)
    page.tab.locator(".course-picture-pick").first.click()
    answer(page)
    wide = page.tab.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0


def test_a_project_says_that_it_is_done_on_ones_own_machine(visit):
    page = visit("exercises/project_photographs.html")
    note = page.tab.locator("article .inpage-bar")
    assert "Do it on your machine" in note.inner_text() and "make lab" in note.inner_text()
    assert page.tab.get_by_role("button", name="Do it here").count() == 0
