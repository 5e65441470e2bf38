using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MolSampling.Potentials.Native;

namespace MolSampling.Molecular.Chemistry;

/// <summary>The RDKit shim (native/rdkit). Functions return a status and leave results with the calling thread.</summary>
internal static unsafe partial class NativeMethods
{
    private const string Library = "molrdkit";

    [LibraryImport(Library)] internal static partial nint molrdkit_last_error();
    [LibraryImport(Library)] internal static partial nint molrdkit_version();
    [LibraryImport(Library)] internal static partial nint molrdkit_text();
    [LibraryImport(Library)] internal static partial int* molrdkit_ints(out CLong count);
    [LibraryImport(Library)] internal static partial double* molrdkit_doubles(out CLong count);
    [LibraryImport(Library)] internal static partial void molrdkit_free(nint molecule);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int molrdkit_parse_smiles(string smiles,
        out MoleculeHandle molecule);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int molrdkit_parse_molblock(string block,
        int addHydrogens, out MoleculeHandle molecule);
    [LibraryImport(Library)] internal static partial int molrdkit_describe(MoleculeHandle molecule);
    [LibraryImport(Library)] internal static partial int molrdkit_with_stereo(MoleculeHandle molecule, int* atoms, int* bonds,
        out MoleculeHandle isomer);
    [LibraryImport(Library)] internal static partial int molrdkit_coordinates(MoleculeHandle molecule);
    [LibraryImport(Library)] internal static partial int molrdkit_smiles_from_coordinates(MoleculeHandle molecule, double* positions);
    [LibraryImport(Library)] internal static partial int molrdkit_mmff_terms(MoleculeHandle molecule, int sVariant);
    [LibraryImport(Library)] internal static partial int molrdkit_mmff_energies(MoleculeHandle molecule, int sVariant, int term,
        double* positions, CLong count, double* energies, double* gradients);
    [LibraryImport(Library)] internal static partial int molrdkit_mmff_minimise(MoleculeHandle molecule, int sVariant, double* positions,
        CLong count, int maxIterations, double* energies);
    [LibraryImport(Library)] internal static partial int molrdkit_embed(MoleculeHandle molecule, int count, int seed, double seconds,
        double* like);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int molrdkit_match(MoleculeHandle molecule,
        string smarts, int maxMatches);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int molrdkit_match_tagged(
        MoleculeHandle molecule, string patterns);
    [LibraryImport(Library)] internal static partial int molrdkit_symmetry_classes(MoleculeHandle molecule);
    [LibraryImport(Library)] internal static partial int molrdkit_automorphisms(MoleculeHandle molecule, int maxCount);
    [LibraryImport(Library)] internal static partial int molrdkit_heavy_symmetries(MoleculeHandle molecule, int maxCount);
    [LibraryImport(Library)] internal static partial int molrdkit_gasteiger(MoleculeHandle molecule);
    [LibraryImport(Library)] internal static partial int molrdkit_best_rmsd(MoleculeHandle molecule, double* first, double* second);
    [LibraryImport(Library)] internal static partial int molrdkit_draw(MoleculeHandle molecule, int width, int height, int* kept,
        int keptCount);

    internal static string LastError => Marshal.PtrToStringUTF8(molrdkit_last_error()) ?? "";

    internal static string Text => Marshal.PtrToStringUTF8(molrdkit_text()) ?? "";

    internal static int[] Ints
    {
        get
        {
            int* p = molrdkit_ints(out CLong n);
            return new ReadOnlySpan<int>(p, (int)n.Value).ToArray();
        }
    }

    internal static double[] Doubles
    {
        get
        {
            double* p = molrdkit_doubles(out CLong n);
            return new ReadOnlySpan<double>(p, (int)n.Value).ToArray();
        }
    }

    internal static void ThrowIfFailed(int status)
    {
        if (status != 0)
            throw new NativeException("RDKit", LastError);
    }

#pragma warning disable CA2255 // the resolver must stand before the first P/Invoke of this assembly, whoever calls it
    [ModuleInitializer]
    internal static void Initialize() => NativeLibraries.Use(Assembly.GetExecutingAssembly());
#pragma warning restore CA2255
}

/// <summary>Owns a native molecule.</summary>
internal sealed class MoleculeHandle() : SafeHandle(0, true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.molrdkit_free(handle);
        return true;
    }
}
