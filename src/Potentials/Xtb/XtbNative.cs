using System.Runtime.InteropServices;
using System.Text;

namespace MolSampling.Potentials.Xtb;

/// <summary>libxtb's own C interface (xtb.h, API 1.0.0). Handles are opaque pointers; an error is a state of the environment.</summary>
internal static unsafe partial class XtbNative
{
    private const string Library = "libxtb.so.6";
    private const int Muted = 0, ErrorLength = 512;

    [LibraryImport(Library)] internal static partial int xtb_getAPIVersion();
    [LibraryImport(Library)] internal static partial nint xtb_newEnvironment();
    [LibraryImport(Library)] internal static partial void xtb_delEnvironment(ref nint environment);
    [LibraryImport(Library)] internal static partial int xtb_checkEnvironment(nint environment);
    [LibraryImport(Library)] private static partial void xtb_getError(nint environment, byte* buffer, in int length);
    [LibraryImport(Library)] internal static partial void xtb_setVerbosity(nint environment, int verbosity);
    [LibraryImport(Library)] internal static partial nint xtb_newMolecule(nint environment, in int atoms, int* numbers, double* positions,
        in double charge, in int unpaired, double* lattice, byte* periodic);
    [LibraryImport(Library)] internal static partial void xtb_delMolecule(ref nint molecule);
    [LibraryImport(Library)] internal static partial void xtb_updateMolecule(nint environment, nint molecule, double* positions,
        double* lattice);
    [LibraryImport(Library)] internal static partial nint xtb_newCalculator();
    [LibraryImport(Library)] internal static partial void xtb_delCalculator(ref nint calculator);
    [LibraryImport(Library)] internal static partial void xtb_loadGFN1xTB(nint environment, nint molecule, nint calculator, byte* file);
    [LibraryImport(Library)] internal static partial void xtb_loadGFN2xTB(nint environment, nint molecule, nint calculator, byte* file);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void xtb_setSolvent(nint environment, nint calculator, string solvent, int* state, double* temperature,
        int* grid);
    [LibraryImport(Library)] internal static partial void xtb_singlepoint(nint environment, nint molecule, nint calculator, nint results);
    [LibraryImport(Library)] internal static partial nint xtb_newResults();
    [LibraryImport(Library)] internal static partial void xtb_delResults(ref nint results);
    [LibraryImport(Library)] internal static partial void xtb_getEnergy(nint environment, nint results, out double energy);
    [LibraryImport(Library)] internal static partial void xtb_getGradient(nint environment, nint results, double* gradient);

    // .NET's own environment variables do not reach C
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)] internal static partial int setenv(string name, string value,
        int overwrite);
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)] internal static partial int unsetenv(string name);

    /// <summary>A new environment that prints nothing.</summary>
    internal static nint Environment()
    {
        nint environment = xtb_newEnvironment();
        xtb_setVerbosity(environment, Muted);
        return environment;
    }

    /// <summary>Takes the error out of an environment.</summary>
    /// <returns>Upstream's words in one line; null for no error.</returns>
    internal static string? TakeError(nint environment)
    {
        if (xtb_checkEnvironment(environment) == 0)
            return null;
        byte[] buffer = new byte[ErrorLength]; // upstream ends the text with no zero
        fixed (byte* text = buffer)
            xtb_getError(environment, text, ErrorLength);
        string words = Encoding.UTF8.GetString(buffer).TrimEnd('\0', ' ', '\n');
        return string.Join("; ", words.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
    }
}
