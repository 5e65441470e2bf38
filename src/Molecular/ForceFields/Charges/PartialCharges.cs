using MolSampling.Flows.Storage;

namespace MolSampling.Molecular.ForceFields.Charges;

/// <summary>Partial charges of AM1-BCC class from the graph alone, by the network in data/charges; how far they are from AM1-BCC stands
/// there.</summary>
public static class PartialCharges
{
    internal const string Remedy = "give charges in the SDF as atom.dprop.PartialCharge";

    private static readonly Lazy<ChargeNetwork> s_network = new(() =>
    {
        using Stream stream = Open("network.safetensors");
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return new(PlainTensors.Read(bytes, "network.safetensors"));
    });

    private static readonly Lazy<ChargeEnvironments> s_environments = new(() =>
    {
        using var reader = new StreamReader(Open("environments.txt"));
        return new(reader.ReadToEnd().Split('\n'));
    });

    internal static ChargeNetwork Network => s_network.Value;

    /// <summary>
    /// Charges as AM1-BCC with ELF10 conformers gives them, as well as a network of ours predicts them (A. Jakalian, D. B. Jack,
    /// C. I. Bayly, J. Comput. Chem. 23 (2002) 1623). They depend on the bond graph alone: not on coordinates, stereo, the numbering, or
    /// which resonance form was drawn. Atoms that the graph does not tell apart get equal charges; the sum is the formal charge, of each
    /// connected part by itself. Thread-safe.
    /// </summary>
    /// <param name="molecule">With all hydrogens.</param>
    /// <returns>[N] e, in the molecule's order.</returns>
    /// <exception cref="ParameterizationException">An element or an environment that the network was not trained on; one line that says
    /// which.</exception>
    public static double[] Am1Bcc(Molecule molecule)
    {
        var graph = new ChargeGraph(molecule);
        s_environments.Value.ThrowIfUnknown(molecule, graph);
        return Network.Charges(graph);
    }

    private static Stream Open(string name) => typeof(PartialCharges).Assembly.GetManifestResourceStream($"charges/{name}")
        ?? throw new FileNotFoundException($"The program was built without data/charges/{name}.");
}
