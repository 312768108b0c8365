/* The pattern of tests/media/pattern.S, drawn by an X client on the whole
 * screen: the number of the frame in 24 squares
 * (Gray code), beside them one that changes
 * with each key. Usage: pattern FRAMES-A-SECOND */
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/XShm.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <time.h>

static void square(uint32_t *at, int width, int size, uint32_t colour) {
  for (int y = 0; y < size; y++)
    for (int x = 0; x < size; x++) at[y * width + x] = colour;
}

int main(int count, char **arguments) {
  long pause = 1000000000L / (count > 1 ? atoi(arguments[1]) : 30);
  Display *display = XOpenDisplay(NULL);
  if (!display) return 1;
  int screen = DefaultScreen(display);
  int width = DisplayWidth(display, screen), height = DisplayHeight(display, screen);
  Window window = XCreateSimpleWindow(display, DefaultRootWindow(display), 0, 0, width, height, 0, 0, 0);
  XSelectInput(display, window, KeyPressMask | ExposureMask);
  XMapRaised(display, window);
  XEvent event;
  XNextEvent(display, &event);
  XSetInputFocus(display, window, RevertToParent, CurrentTime);
  XShmSegmentInfo shared = {0};
  XImage *image = XShmCreateImage(display, DefaultVisual(display, screen), 24, ZPixmap, NULL,
                                  &shared, width, height);
  shared.shmid = shmget(IPC_PRIVATE, image->bytes_per_line * height, IPC_CREAT | 0600);
  shared.shmaddr = image->data = shmat(shared.shmid, NULL, 0);
  XShmAttach(display, &shared);
  XSync(display, False);
  shmctl(shared.shmid, IPC_RMID, NULL);
  GC gc = XCreateGC(display, window, 0, NULL);
  uint32_t *pixels = (uint32_t *)image->data, key = 0;
  struct timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  for (uint32_t number = 1;; number++) {
    while (XPending(display)) {
      XNextEvent(display, &event);
      if (event.type == KeyPress) key = ~key;
    }
    for (int y = 0; y < height; y++) {
      uint32_t colour = (number * 4 + y) * 0x010305;
      for (int x = 0; x < width; x++) pixels[y * width + x] = colour;
    }
    uint32_t *at = pixels + 512 * width + 64;
    for (int bit = 0; bit < 24; bit++)
      square(at + 16 * bit, width, 16, (number ^ number >> 1) >> bit & 1 ? ~0u : 0);
    square(at + 16 * 24, width, 64, key);
    XShmPutImage(display, window, gc, image, 0, 0, 0, 0, width, height, False);
    XSync(display, False);
    next.tv_nsec += pause;
    if (next.tv_nsec >= 1000000000L) next.tv_nsec -= 1000000000L, next.tv_sec++;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
  }
}
