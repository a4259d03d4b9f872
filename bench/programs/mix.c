// The work of CoreMark in its proportions, not its code: a linked list that is searched, reversed
// and sorted, products of small matrices, a state machine over text, and CRC-16 of the results.
#include <stddef.h>

#include "zkvm/guest.h"

static uint16_t CrcByte(uint16_t crc, uint8_t byte) {
  for (int bit = 0; bit < 8; ++bit) {
    const uint16_t mix = (uint16_t)((crc ^ (byte >> bit)) & 1);
    crc = (uint16_t)(crc >> 1);
    if (mix) crc ^= 0xA001;
  }
  return crc;
}

static uint16_t CrcWord(uint16_t crc, uint32_t word) {
  for (int i = 0; i < 4; ++i) crc = CrcByte(crc, (uint8_t)(word >> (8 * i)));
  return crc;
}

// Lists.

enum { kNodes = 24 };
typedef struct Node {
  struct Node* next;
  int16_t key;
  int16_t index;
} Node;
static Node nodes[kNodes];

static Node* MakeList(uint32_t seed) {
  for (int i = 0; i < kNodes; ++i) {
    nodes[i].next = i + 1 < kNodes ? &nodes[i + 1] : NULL;
    nodes[i].key = (int16_t)(seed * 31 + (uint32_t)i * 7919);
    nodes[i].index = (int16_t)i;
  }
  return &nodes[0];
}

static Node* Reverse(Node* list) {
  Node* reversed = NULL;
  while (list != NULL) {
    Node* next = list->next;
    list->next = reversed;
    reversed = list;
    list = next;
  }
  return reversed;
}

static const Node* Find(const Node* list, int16_t index) {
  while (list != NULL && list->index != index) list = list->next;
  return list;
}

static Node* MergeSort(Node* list) {
  if (list == NULL || list->next == NULL) return list;
  Node* middle = list;
  for (Node* end = list->next; end != NULL && end->next != NULL; end = end->next->next) {
    middle = middle->next;
  }
  Node* right = MergeSort(middle->next);
  middle->next = NULL;
  Node* left = MergeSort(list);
  Node* sorted = NULL;
  Node** tail = &sorted;
  while (left != NULL && right != NULL) {
    Node** smaller = left->key <= right->key ? &left : &right;
    *tail = *smaller;
    tail = &(*smaller)->next;
    *smaller = *tail;
  }
  *tail = left != NULL ? left : right;
  return sorted;
}

static uint32_t Lists(uint32_t seed) {
  Node* list = MakeList(seed);
  uint32_t sum = 0;
  for (int16_t i = 0; i < 6; ++i) {
    const Node* found = Find(list, (int16_t)(i * 5 % kNodes));
    if (found != NULL) sum += (uint32_t)found->key;
    list = Reverse(list);
  }
  list = MergeSort(list);
  uint32_t place = 0;
  for (const Node* node = list; node != NULL; node = node->next) {
    sum += ++place * (uint32_t)node->index;
  }
  return sum;
}

// Matrices.

enum { kOrder = 6 };

// The product, or a product of bit fields of the products of elements.
static uint32_t Matrices(uint32_t seed, int fields) {
  uint32_t total = 0;
  static int16_t a[kOrder][kOrder], b[kOrder][kOrder];
  for (int i = 0; i < kOrder; ++i) {
    for (int j = 0; j < kOrder; ++j) {
      seed = seed * 1103515245 + 12345;
      a[i][j] = (int16_t)(seed >> 16);
      b[i][j] = (int16_t)(a[i][j] + i - j);
    }
  }
  for (int i = 0; i < kOrder; ++i) {
    for (int j = 0; j < kOrder; ++j) {
      int32_t sum = 0;
      for (int k = 0; k < kOrder; ++k) {
        const int32_t product = a[i][k] * b[k][j];
        sum += fields ? (product >> 2 & 0xF) * (product >> 5 & 0x7F) : product;
      }
      total += (uint32_t)sum;
    }
  }
  return total;
}

// Numbers in text.

typedef enum { kStart, kInteger, kFraction, kExponent, kInvalid, kStates } State;

static State Next(State state, char c) {
  const int digit = c >= '0' && c <= '9';
  switch (state) {
    case kStart:
      return digit || c == '+' || c == '-' ? kInteger : c == '.' ? kFraction : kInvalid;
    case kInteger:
      return digit ? kInteger : c == '.' ? kFraction : c == 'e' ? kExponent : kInvalid;
    case kFraction:
      return digit ? kFraction : c == 'e' ? kExponent : kInvalid;
    case kExponent:
      return digit || c == '-' ? kExponent : kInvalid;
    default:
      return kInvalid;
  }
}

static uint16_t Text(uint16_t crc, uint32_t seed) {
  char text[] = "5012,-874,1.5e3,-110.7,.1e-25,T0.3e-1F,35.54400";
  text[seed % (sizeof text - 1)] ^= (char)(seed % 16);
  uint32_t counts[kStates] = {0};
  State state = kStart;
  for (const char* c = text; *c != '\0'; ++c) {
    if (*c == ',') {
      ++counts[state];
      state = kStart;
    } else {
      state = Next(state, *c);
    }
  }
  for (int i = 0; i < kStates; ++i) crc = CrcWord(crc, counts[i]);
  return crc;
}

int main(void) {
  uint32_t rounds = 0;
  zkvm_read_input(&rounds, sizeof rounds);
  uint16_t crc = 0;
  for (uint32_t round = 0; round < rounds; ++round) {
    crc = CrcWord(crc, Lists(round));
    crc = CrcWord(crc, Matrices(round ^ crc, round % 2));
    crc = Text(crc, round + crc);
  }
  const uint32_t result = crc;
  zkvm_write_journal(&result, sizeof result);
  return 0;
}
