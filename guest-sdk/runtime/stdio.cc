// The standard streams for picolibc: stdin reads the private input, stdout collects the journal,
// stderr prints while the program runs. Whole blocks and lines bypass picolibc's byte by byte path.

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <climits>
#include <cstdint>
#include <cstring>

#include "guest-sdk/runtime/input.h"
#include "guest-sdk/runtime/output.h"

namespace {

namespace guest = zkvm::guest;

int GetInput(FILE*) {
  const int byte = guest::ReadInputByte();
  return byte < 0 ? _FDEV_EOF : byte;
}

int PutJournal(char c, FILE*) {
  guest::WriteJournalByte(static_cast<uint8_t>(c));
  return 0;
}

int PutMessage(char c, FILE*) {
  guest::WriteMessage(&c, 1);
  return 0;
}

int FlushMessages(FILE*) {
  guest::FlushMessages();
  return 0;
}

FILE input_stream = {0, __SRD, nullptr, GetInput, nullptr};
FILE journal_stream = {0, __SWR, PutJournal, nullptr, nullptr};
FILE message_stream = {0, __SWR, PutMessage, nullptr, FlushMessages};

// Writes a block to any stream; returns the number of bytes written.
size_t WriteBlock(const void* bytes, size_t count, FILE* stream) {
  if (stream == &journal_stream) {
    guest::WriteJournal(bytes, count);
    return count;
  }
  if (stream == &message_stream) {
    guest::WriteMessage(bytes, count);
    return count;
  }
  const char* const text = static_cast<const char*>(bytes);
  for (size_t i = 0; i < count; ++i) {
    if (fputc(text[i], stream) == EOF) return i;
  }
  return count;
}

size_t ReadBlock(void* bytes, size_t count, FILE* stream) {
  char* const to = static_cast<char*>(bytes);
  size_t done = 0;
  if (stream == &input_stream) {
    if (stream->unget != 0 && count != 0) to[done++] = static_cast<char>(fgetc(stream));
    done += guest::ReadInput(to + done, count - done);
    if (done < count) stream->flags |= __SEOF;
    return done;
  }
  for (; done < count; ++done) {
    const int c = fgetc(stream);
    if (c == EOF) break;
    to[done] = static_cast<char>(c);
  }
  return done;
}

}  // namespace

FILE* const stdin = &input_stream;
FILE* const stdout = &journal_stream;
FILE* const stderr = &message_stream;

extern "C" {

int fgetc(FILE* stream) {
  if (stream->unget != 0) {  // the character with a bit above it
    const auto c = static_cast<unsigned char>(stream->unget);
    stream->unget = 0;
    return c;
  }
  if ((stream->flags & __SRD) == 0) return EOF;
  const int c = stream == &input_stream ? GetInput(stream) : stream->get(stream);
  if (c < 0) {
    stream->flags |= c == _FDEV_ERR ? __SERR : __SEOF;
    return EOF;
  }
  return static_cast<unsigned char>(c);
}

int fputc(int c, FILE* stream) {
  const unsigned char byte = static_cast<unsigned char>(c);
  if (stream == &journal_stream) {
    guest::WriteJournalByte(byte);
    return byte;
  }
  if ((stream->flags & __SWR) == 0) return EOF;
  return stream->put(static_cast<char>(c), stream) == 0 ? byte : EOF;
}

int getc(FILE* stream) { return fgetc(stream); }
int putc(int c, FILE* stream) { return fputc(c, stream); }

size_t fread(void* to, size_t size, size_t count, FILE* stream) {
  size_t bytes;
  if (size == 0 || __builtin_mul_overflow(size, count, &bytes)) return 0;
  const size_t done = ReadBlock(to, bytes, stream);
  return size == 1 ? done : done / size;
}

size_t fwrite(const void* from, size_t size, size_t count, FILE* stream) {
  size_t bytes;
  if (size == 0 || __builtin_mul_overflow(size, count, &bytes)) return 0;
  const size_t done = WriteBlock(from, bytes, stream);
  return size == 1 ? done : done / size;
}

int fputs(const char* text, FILE* stream) {
  const size_t length = strlen(text);
  return WriteBlock(text, length, stream) == length ? 0 : EOF;
}

int puts(const char* text) {
  guest::WriteJournal(text, strlen(text));
  guest::WriteJournalByte('\n');
  return 0;
}

// picolibc's loses a last line that has no newline.
char* fgets(char* to, int size, FILE* stream) {
  if (size < 1) return nullptr;
  int length = 0;
  while (length + 1 < size) {
    const int c = fgetc(stream);
    if (c == EOF) break;
    to[length++] = static_cast<char>(c);
    if (c == '\n') break;
  }
  if (size > 1 && (length == 0 || ferror(stream))) return nullptr;
  to[length] = 0;
  return to;
}

ssize_t getdelim(char** line, size_t* capacity, int delimiter, FILE* stream) {
  if (line == nullptr || capacity == nullptr) {
    errno = EINVAL;
    return -1;
  }
  if (*line == nullptr) *capacity = 0;
  size_t length = 0;
  for (;;) {
    const int c = fgetc(stream);
    if (c == EOF && length == 0) return -1;
    if (length + 2 > *capacity) {
      const size_t larger = 2 * *capacity + 128;
      char* const moved = static_cast<char*>(realloc(*line, larger));
      if (moved == nullptr) return -1;
      *line = moved;
      *capacity = larger;
    }
    if (c != EOF) (*line)[length++] = static_cast<char>(c);
    if (c == EOF || c == delimiter) break;
  }
  (*line)[length] = 0;
  return static_cast<ssize_t>(length);
}

ssize_t getline(char** line, size_t* capacity, FILE* stream) {
  return getdelim(line, capacity, '\n', stream);
}

ssize_t read(int fd, void* to, size_t count) {
  if (fd != STDIN_FILENO) {
    errno = EBADF;
    return -1;
  }
  return static_cast<ssize_t>(guest::ReadInput(to, count));
}

ssize_t write(int fd, const void* from, size_t count) {
  if (fd != STDOUT_FILENO && fd != STDERR_FILENO) {
    errno = EBADF;
    return -1;
  }
  if (fd == STDOUT_FILENO) {
    guest::WriteJournal(from, count);
  } else {
    guest::WriteMessage(from, count);
  }
  return static_cast<ssize_t>(count);
}
}
