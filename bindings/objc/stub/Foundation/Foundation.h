/*
 * As much of Apple's Foundation as KLTSession.m uses, declared as Apple does, so that what GNUstep and gcc leave out is
 * compiled without an SDK: ARC, blocks, nullability, generics, Swift names. For check_apple.sh alone.
 */
#include <stddef.h>
#include <stdint.h>

#define FOUNDATION_EXPORT extern
#define NS_ASSUME_NONNULL_BEGIN _Pragma("clang assume_nonnull begin")
#define NS_ASSUME_NONNULL_END _Pragma("clang assume_nonnull end")
#define NS_SWIFT_NAME(name) __attribute__((swift_name(#name)))
#define YES ((BOOL)1)
#define NO ((BOOL)0)
#define nil ((id)0)

NS_ASSUME_NONNULL_BEGIN

typedef signed char BOOL;
typedef double NSTimeInterval;
typedef unsigned long NSUInteger;
typedef long NSInteger;
typedef void (*IMP)(void);
@class NSInvocation, NSString;

size_t strlen(const char *string);

@protocol NSObject
- (instancetype)retain;
- (oneway void)release;
- (instancetype)autorelease;
@end
@protocol NSCopying
@end
__attribute__((objc_root_class))
@interface NSObject <NSObject>
+ (instancetype)alloc;
- (instancetype)init;
- (id)copy;
- (IMP)methodForSelector:(SEL)selector;
- (void)dealloc;
@end
@interface NSAutoreleasePool : NSObject
- (void)drain;
@end

typedef NSUInteger NSStringEncoding;
enum { NSUTF8StringEncoding = 4 };
@interface NSString : NSObject <NSCopying>
@property (readonly, nullable) const char *UTF8String __attribute__((objc_returns_inner_pointer));
+ (nullable instancetype)stringWithUTF8String:(const char *)string;
- (NSUInteger)lengthOfBytesUsingEncoding:(NSStringEncoding)encoding;
@end
@interface NSConstantString : NSString {
  const char *bytes;
  unsigned length;
}
@end

@interface NSData : NSObject
@property (readonly) NSUInteger length;
@property (readonly) const void *bytes __attribute__((objc_returns_inner_pointer));
+ (instancetype)dataWithBytes:(nullable const void *)bytes length:(NSUInteger)length;
@end

@interface NSDate : NSObject
+ (instancetype)dateWithTimeIntervalSince1970:(NSTimeInterval)seconds;
@end

@interface NSNumber : NSObject
+ (NSNumber *)numberWithInt:(int)value;
+ (NSNumber *)numberWithBool:(BOOL)value;
+ (NSNumber *)numberWithDouble:(double)value;
@end

@interface NSDictionary<__covariant Key, __covariant Value> : NSObject
@end
@interface NSMutableDictionary<Key, Value> : NSDictionary<Key, Value>
+ (instancetype)dictionary;
- (void)setValue:(nullable Value)value forKey:(NSString *)key;
@end

FOUNDATION_EXPORT NSString *const NSLocalizedDescriptionKey;
FOUNDATION_EXPORT NSString *const NSLocalizedRecoverySuggestionErrorKey;
@interface NSError : NSObject
@property (readonly) NSInteger code;
@property (readonly, copy) NSDictionary<NSString *, id> *userInfo;
+ (instancetype)errorWithDomain:(NSString *)domain code:(NSInteger)code userInfo:(nullable NSDictionary<NSString *, id> *)info;
@end

@interface NSOperation : NSObject
@end
@interface NSInvocationOperation : NSOperation
- (nullable instancetype)initWithTarget:(id)target selector:(SEL)selector object:(nullable id)argument;
@end
@interface NSOperationQueue : NSObject
- (void)addOperation:(NSOperation *)operation;
@end

NS_ASSUME_NONNULL_END
