package dev.shm;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.shm.error.SharedMemoryException;
import dev.shm.heap.ObjectKind;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.lang.module.ModuleDescriptor;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.Adler32;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The house's plan, held: who may use whom, and what nobody may use. */
class ArchitectureTest {

    private static final Set<String> FLOORS_BELOW_OBJECTS =
            Set.of("dev.shm", "dev.shm.codec", "dev.shm.heap", "dev.shm.segment", "dev.shm.memory", "dev.shm.error");

    /** A package, and those of ours that it may use besides itself. */
    private static final Map<String, Set<String>> MAY_USE = Map.of(
            "dev.shm.tool",
            Set.of(
                    "dev.shm.queue",
                    "dev.shm.collection",
                    "dev.shm.value",
                    "dev.shm",
                    "dev.shm.codec",
                    "dev.shm.heap",
                    "dev.shm.segment",
                    "dev.shm.memory",
                    "dev.shm.error"),
            "dev.shm.queue",
            FLOORS_BELOW_OBJECTS,
            "dev.shm.collection",
            FLOORS_BELOW_OBJECTS,
            "dev.shm.value",
            FLOORS_BELOW_OBJECTS,
            "dev.shm",
            // The memory only to hand it on: see onlyMemoryTouchesBytes.
            Set.of("dev.shm.codec", "dev.shm.heap", "dev.shm.segment", "dev.shm.memory", "dev.shm.error"),
            "dev.shm.codec",
            Set.of("dev.shm.error"),
            "dev.shm.heap",
            Set.of("dev.shm.segment", "dev.shm.memory", "dev.shm.error"),
            "dev.shm.segment",
            Set.of("dev.shm.memory", "dev.shm.error"),
            "dev.shm.memory",
            Set.of("dev.shm.error"),
            "dev.shm.error",
            Set.of());

    private static final Set<String> FOR_USERS =
            Set.of("dev.shm", "dev.shm.queue", "dev.shm.collection", "dev.shm.value", "dev.shm.codec", "dev.shm.error");

    private static final Path CLASSES = classesDirectory();
    private static final JavaClasses OURS = new ClassFileImporter().importPath(CLASSES);
    private static final Set<String> PACKAGES =
            OURS.stream().map(JavaClass::getPackageName).collect(toCollection(TreeSet::new));

    private static Path classesDirectory() {
        try {
            return Path.of(SharedMemory.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void everyPackageHasItsPlace() {
        assertThat(MAY_USE.keySet()).containsAll(PACKAGES);
        assertThat(PACKAGES).contains("dev.shm", "dev.shm.heap", "dev.shm.segment", "dev.shm.memory", "dev.shm.error");
    }

    @Test
    void packagesUseOnlyWhatLiesBelow() {
        Set<String> upward = OURS.stream()
                .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                .filter(ArchitectureTest::isUpward)
                .map(Dependency::getDescription)
                .collect(toCollection(TreeSet::new));
        assertThat(upward).isEmpty();
    }

    private static boolean isUpward(Dependency dependency) {
        String from = dependency.getOriginClass().getPackageName();
        String to = dependency.getTargetClass().getBaseComponentType().getPackageName();
        return MAY_USE.containsKey(to) && !to.equals(from) && !MAY_USE.get(from).contains(to);
    }

    @Test
    void noPackagesUseEachOther() {
        slices().matching("dev.(**)").should().beFreeOfCycles().check(OURS);
    }

    @Test
    void onlyMemoryTouchesBytes() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.shm.memory")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.invoke.VarHandle")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(MappedByteBuffer.class)
                .check(OURS);
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.shm.memory")
                .and()
                // Makes classes, which only these handles can.
                .doNotHaveFullyQualifiedName("dev.shm.value.BeanCompiler")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.invoke.MethodHandles")
                .check(OURS);
    }

    @Test
    void offsetsAreAddedUpOnlyInLayouts() throws IOException {
        Pattern sum = Pattern.compile("static final (?:int|long) \\w+ = \\w+ \\+ \\d+;");
        Pattern bareOffset = Pattern.compile("memory\\.\\w+\\(\\w+(?:\\(\\))? \\+ \\d+L?\\s*[,)]");
        Set<String> found = new TreeSet<>();
        Path sources = CLASSES.resolve("../../src/main/java").normalize();
        try (Stream<Path> files = Files.walk(sources)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith("Layout.java") || name.equals("PageWord.java")) {
                    continue;
                }
                String text = Files.readString(file);
                Stream.of(sum, bareOffset)
                        .flatMap(pattern -> pattern.matcher(text).results())
                        .forEach(match -> found.add(name + ": " + match.group()));
            }
        }
        assertThat(found).isEmpty();
    }

    @Test
    void layoutsHaveNoInstancesUnlessTheyAreComputed() {
        classes()
                .that()
                .haveSimpleNameEndingWith("Layout")
                .should()
                .haveOnlyPrivateConstructors()
                .andShould()
                .haveModifier(JavaModifier.FINAL)
                .check(OURS);
    }

    @Test
    void everyPackageIsNullMarked() {
        assertThat(PACKAGES)
                .allSatisfy(name ->
                        assertThat(Class.forName(name + ".package-info")).hasAnnotation(NullMarked.class));
    }

    @Test
    void onlyThePackagesForUsersAreExported() throws IOException {
        assertThat(exported())
                .isEqualTo(PACKAGES.stream().filter(FOR_USERS::contains).collect(toSet()));
    }

    private static Set<String> exported() throws IOException {
        try (InputStream bytes = Files.newInputStream(CLASSES.resolve("module-info.class"))) {
            return ModuleDescriptor.read(bytes).exports().stream()
                    .filter(export -> !export.isQualified())
                    .map(ModuleDescriptor.Exports::source)
                    .collect(toSet());
        }
    }

    @Test
    void whatUsersSeeMentionsOnlyWhatIsExported() throws IOException {
        Set<String> exported = exported();
        Set<String> hidden = new TreeSet<>();
        OURS.stream()
                .filter(type -> exported.contains(type.getPackageName()))
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                // Found by ServiceLoader, which needs it to be public.
                .filter(type -> !type.isAssignableTo(ObjectKind.Provider.class))
                .flatMap(type -> type.getCodeUnits().stream())
                .filter(member -> member.getModifiers().contains(JavaModifier.PUBLIC))
                .forEach(member -> signature(member)
                        .map(JavaClass::getBaseComponentType)
                        .filter(type -> MAY_USE.containsKey(type.getPackageName()))
                        .filter(type -> !exported.contains(type.getPackageName()))
                        .forEach(type -> hidden.add(member.getFullName() + " mentions " + type.getName())));
        assertThat(hidden).isEmpty();
    }

    private static Stream<JavaClass> signature(JavaCodeUnit member) {
        return Stream.concat(
                member.getReturnType().getAllInvolvedRawTypes().stream(),
                member.getParameterTypes().stream().flatMap(type -> type.getAllInvolvedRawTypes().stream()));
    }

    @Test
    void everyExceptionOfOursIsAnUncheckedOneOfOneFamily() {
        Set<String> exceptions = OURS.stream()
                .filter(type -> type.isAssignableTo(Throwable.class))
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .map(JavaClass::getName)
                .collect(toCollection(TreeSet::new));
        assertThat(exceptions)
                .hasSizeGreaterThan(20)
                .allMatch(name -> name.startsWith("dev.shm.error."))
                .allMatch(name -> OURS.get(name).isAssignableTo(SharedMemoryException.class));
        assertThat(OURS.get(SharedMemoryException.class).isAssignableTo(RuntimeException.class))
                .isTrue();
    }

    @Test
    void nobodyUsesUnsafeOrTheJdksInside() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveSimpleName("Unsafe")
                .orShould()
                .dependOnClassesThat()
                .resideInAnyPackage("sun..", "jdk.internal..", "com.sun..", "org.agrona.concurrent.unsafe..")
                .orShould()
                .dependOnClassesThat()
                .haveSimpleName("UnsafeApi")
                .check(OURS);
    }

    @Test
    void theCoreSeesNoFrameworkAndNoLogger() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.springframework..",
                        "io.micrometer..",
                        "org.slf4j..",
                        "org.apache..",
                        "java.util.logging..",
                        "java.lang.System$Logger")
                .check(OURS);
    }

    @Test
    void onlyTheToolPrints() {
        DescribedPredicate<JavaAccess<?>> prints = DescribedPredicate.describe(
                "print",
                access -> access.getTargetOwner().isEquivalentTo(System.class)
                        && Set.of("out", "err").contains(access.getName()));
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.shm.tool")
                .should()
                .accessTargetWhere(prints)
                .check(OURS);
    }

    @Test
    void nothingIsJavaSerialized() {
        classes()
                .that()
                .areAssignableTo(Serializable.class)
                .should()
                .beAssignableTo(Throwable.class)
                .orShould()
                .beEnums()
                .orShould()
                // A copy for the user, who may do with it what the JDK's collections allow.
                .beAssignableTo(LinkedBlockingDeque.class)
                .check(OURS);
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.io.ObjectInputStream")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.io.ObjectOutputStream")
                .check(OURS);
    }

    @Test
    void nothingIsFinalized() {
        noMethods().should().haveName("finalize").check(OURS);
    }

    @Test
    void nobodyCallsWhatCrashesOnATruncatedMapping() {
        assertThat(crashing(OURS)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CRC32.update",
                "CRC32C.update",
                "Adler32.update",
                "ByteBuffer.mismatch",
                "ByteBuffer.compareTo",
                "ByteBuffer.equals",
                "MappedByteBuffer.load",
                "MappedByteBuffer.force",
                "FileChannel.truncate"
            })
    void theBanOnCrashingCallsFindsThem(String call) {
        assertThat(crashing(new ClassFileImporter().importClasses(Offender.class)))
                .contains("Offender calls " + call);
    }

    private static Set<String> crashing(JavaClasses classes) {
        return classes.stream()
                .flatMap(type -> type.getAccessesFromSelf().stream())
                .filter(ArchitectureTest::crashes)
                .map(access -> access.getOriginOwner().getSimpleName() + " calls "
                        + access.getTargetOwner().getSimpleName() + "." + access.getName())
                .collect(toCollection(TreeSet::new));
    }

    private static boolean crashes(JavaAccess<?> access) {
        if (!(access.getTarget() instanceof CodeUnitAccessTarget target)) {
            return false;
        }
        JavaClass owner = target.getOwner();
        return switch (target.getName()) {
            case "update" ->
                owner.getPackageName().equals("java.util.zip")
                        && target.getRawParameterTypes().stream()
                                .anyMatch(type -> type.isEquivalentTo(ByteBuffer.class));
            case "mismatch", "compareTo", "equals" -> owner.isAssignableTo(ByteBuffer.class);
            case "load", "force" -> owner.isAssignableTo(MappedByteBuffer.class);
            case "truncate" -> owner.isAssignableTo(FileChannel.class);
            case "setMemory", "invokeCleaner" -> true;
            default -> false;
        };
    }

    /** Does all that is banned. */
    private static final class Offender {
        static boolean offend(MappedByteBuffer mapped, ByteBuffer buffer, FileChannel file) throws IOException {
            new CRC32().update(buffer);
            new CRC32C().update(buffer);
            new Adler32().update(buffer);
            mapped.load().force();
            file.truncate(0);
            return buffer.mismatch(buffer.slice()) == buffer.compareTo(buffer.slice()) && buffer.equals(buffer.slice());
        }
    }
}
