using System.Globalization;
using System.Text;
using MolSampling.Flows.Storage;
using MolSampling.Jobs.Conformers.Proposals;
using MolSampling.Jobs.Conformers.Proposals.Training;
using MolSampling.Sampling.Proposals;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Molecular;

/// <summary>The network that proposes torsions: its symmetries, its plain evaluation, its worth on molecules it has not seen.</summary>
[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class ProposalNetworkTests
{
    // neither trained on nor used to choose an epoch
    private const string HeldOut = "COc1ccccc1NC(=O)C[C@@]12C[C@@H]3C[C@@H](C[C@@](Br)(C3)C1)C2";

    [Theory]
    [InlineData("c1ccccc1", 0)]
    [InlineData("CC", 1)]
    [InlineData("CC1CCCCCCCCCCC1", 1)]
    [InlineData("C[NH2+]CCC(=O)[O-]", 4)]
    [InlineData("N#CCCC#CCO", 3)]
    [InlineData("CC#CC#CC", 1)]
    public void Weights_are_finite_on_odd_molecules(string smiles, int rotors)
    {
        var molecule = TrainingMolecule.Prepare(smiles, smiles);
        Assert.Equal(rotors, molecule.Tree.Rotors.Count);
        ProposalNetwork.Shipped.Apply(molecule.Proposal, molecule.Tree, molecule.Target, new RandomSource(1));
        Assert.All(molecule.Proposal.Weights, w => Assert.All(w, v => Assert.True(float.IsFinite(v))));
    }

    [Fact]
    public void A_mirror_image_gets_the_mirror_image_of_the_weights()
    {
        var left = TrainingMolecule.Prepare("C[C@H](O)C[C@H](F)COC", "left");
        var right = TrainingMolecule.Prepare("C[C@@H](O)C[C@@H](F)COC", "right", [.. left.Structure.Select((v, k) => k % 3 == 0 ? -v : v)]);
        float[][] a = Applied(left), b = Applied(right);
        int single = left.Proposal.SingleRows, rows = left.Proposal.PairRows;
        double different = 0;
        for (int t = 0; t < a.Length; t++)
            for (int n = 0; n < a[t].Length; n++)
            {
                int sines = n < single ? n % 2 : (n - single) / (rows * t) % 2 + (n - single) % 2;
                Assert.Equal(a[t][n], sines == 1 ? -b[t][n] : b[t][n], 0.01f);
                different = Math.Max(different, Math.Abs(a[t][n] - b[t][n]));
            }
        Assert.True(different > 0.1, "the molecule should be chiral enough for the test to say something");
    }

    [Fact]
    public void Another_numbering_of_the_atoms_changes_nothing()
    {
        // every reference atom and the order of rotors follow from elements here, so angles keep their names
        const string smiles = "OCCOC(F)Cl";
        var plain = TrainingMolecule.Prepare(smiles, "plain");
        using RDKitMolecule molecule = RDKitMolecule.FromSmiles(smiles);
        int count = molecule.Molecule.Atoms.Count;
        int[] place = [.. Enumerable.Range(0, count).Select(n => (5 * n + 3) % count)]; // atom n is number place[n]
        using RDKitMolecule other = RDKitMolecule.FromMolBlock(Renumbered(molecule.Molecule, plain.Structure, place), "renumbered", "test", 1, addHydrogens: false);
        var renumbered = new TrainingMolecule(other, smiles, Moved(plain.Structure, place));
        Assert.NotEqual(plain.Tree.Rotors[0].From, renumbered.Tree.Rotors[0].From);
        float[][] a = Applied(plain), b = Applied(renumbered);
        for (int t = 0; t < a.Length; t++)
            for (int n = 0; n < a[t].Length; n++)
                Assert.Equal(a[t][n], b[t][n], 0.01f);
    }

    [Fact]
    public void Shipped_weights_help_a_molecule_that_was_not_trained_on()
    {
        var molecule = TrainingMolecule.Prepare(HeldOut, "held out");
        double tables = Share(), shipped = After(ProposalNetwork.Shipped);
        Assert.True(shipped > 3 * tables && shipped > 0.3, $"{tables} to {shipped}");
        // power: the same numbers in another order are no network
        var random = new RandomSource(4);
        Dictionary<string, float[]> shuffled = PlainTensors.Read(File.ReadAllBytes(Path.Combine(SharedData.Checkout, "data", "conformers",
            "network.safetensors")), "shipped");
        foreach (float[] layer in shuffled.Where(t => t.Key.EndsWith("weight", StringComparison.Ordinal)).Select(t => t.Value))
            Array.Sort([.. layer.Select(_ => random.NextDouble())], layer);
        double scrambled = After(new ProposalNetwork(shuffled));
        Assert.True(scrambled < 0.8 * shipped, $"{scrambled} against {shipped}");

        double Share() => molecule.Weigh(20_000, new RandomSource(777)).EffectiveFraction;

        double After(ProposalNetwork network)
        {
            foreach (float[] weights in molecule.Proposal.Weights)
                Array.Clear(weights);
            network.Apply(molecule.Proposal, molecule.Tree, molecule.Target, new RandomSource(5), stages: 1);
            return Share();
        }
    }

    [Fact]
    public void Without_torch_the_layers_give_what_torch_gives()
    {
        TorchRuntime.EnsureLoaded();
        var random = new RandomSource(3);
        using Tensor rotors = Noise(random, 20, ProposalFeatures.RotorWidth), pairs = Noise(random, 20, ProposalFeatures.PairWidth);
        using var stage = new GateStage(rotors, pairs);
        stage.Initialize(random);
        var stack = new DenseStack(stage.State.ToDictionary(s => s.Path, s => s.Parameter.Value.data<float>().ToArray()), "pair",
            ProposalFeatures.PairWidth, ProposalFeatures.PairGates);
        using IDisposable constant = no_grad();
        float[] expected = stage.Pair.Forward(3 * pairs[TensorIndex.Slice(0, 1)]).data<float>().ToArray(),
            features = (3 * pairs[0]).data<float>().ToArray();
        float[] actual = stack.Evaluate(features);
        Assert.True(expected.Max() > 1e-3f);
        Assert.All(expected.Zip(actual), p => Assert.Equal(p.First, p.Second, 1e-5f));
    }

    [Fact]
    public void A_file_that_is_cut_is_named()
    {
        byte[] whole = File.ReadAllBytes(Path.Combine(SharedData.Checkout, "data", "conformers", "network.safetensors"));
        Assert.NotEmpty(PlainTensors.Read(whole, "whole"));
        Assert.Contains("pair.layers.2.bias: the file ends too early", Assert.Throws<InvalidDataException>(() =>
            PlainTensors.Read(whole.AsSpan(0, whole.Length - 100), "cut.safetensors")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Training_raises_the_likelihood_and_follows_from_its_seed()
    {
        (double first, double last, float weight) a = Trained(), b = Trained();
        Assert.True(a.last > a.first + 0.005, $"{a.first} to {a.last}");
        Assert.Equal(a, b);

        static (double, double, float) Trained()
        {
            TrainingMolecule[] molecules = [.. new[] { "OCCO", "OCC(F)Cl", "NCCO" }.Select(s => TrainingMolecule.Prepare(s, s))];
            foreach (TrainingMolecule m in molecules)
            {
                m.Sample(new(Walkers: 256, Rounds: 1, Sweeps: 2, Polish: 0), new RandomSource(1));
                foreach (float[] w in m.Proposal.Weights)
                    Array.Clear(w); // the tables again
            }
            var training = new ProposalTraining(molecules, molecules, new(Epochs: 30, Molecules: 3, LearningRate: 1e-2, Repeats: 1),
                new RandomSource(1));
            training.Stage(0);
            return (training.Curve[0].Validation, training.Curve[^1].Validation,
                training.Tensors["0.rotor.layers.0.weight"].data<float>()[0]);
        }
    }

    private static float[][] Applied(TrainingMolecule molecule)
    {
        ProposalNetwork.Shipped.Apply(molecule.Proposal, molecule.Tree, molecule.Target, new RandomSource(1), stages: 1);
        return molecule.Proposal.Weights;
    }

    private static Tensor Noise(RandomSource random, int rows, int width) =>
        tensor(Enumerable.Range(0, rows * width).Select(_ => (float)random.NextNormal()).ToArray(), rows, width);

    private static float[] Moved(float[] structure, int[] place)
    {
        float[] moved = new float[structure.Length];
        for (int k = 0; k < structure.Length; k++)
            moved[3 * place[k / 3] + k % 3] = structure[k];
        return moved;
    }

    private static string Renumbered(Molecule molecule, float[] structure, int[] place)
    {
        float[] x = Moved(structure, place);
        int[] atom = new int[place.Length];
        for (int n = 0; n < place.Length; n++)
            atom[place[n]] = n;
        var text = new StringBuilder("renumbered\n\n\n").Append(CultureInfo.InvariantCulture,
            $"{place.Length,3}{molecule.Bonds.Count,3}  0  0  0  0  0  0  0  0999 V2000\n");
        for (int k = 0; k < place.Length; k++)
            text.Append(CultureInfo.InvariantCulture,
                $"{10 * x[3 * k],10:f4}{10 * x[3 * k + 1],10:f4}{10 * x[3 * k + 2],10:f4} {molecule.Atoms[atom[k]].Symbol,-3} 0  0\n");
        foreach (Bond bond in molecule.Bonds)
            text.Append(CultureInfo.InvariantCulture, $"{place[bond.Begin] + 1,3}{place[bond.End] + 1,3}{bond.Order,3}  0\n");
        return text.Append("M  END\n").ToString();
    }
}
