using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows;

/// <summary>What a parameter is to training and to a checkpoint.</summary>
public enum ParameterRole
{
    /// <summary>Trained and stored.</summary>
    Weight,

    /// <summary>Stored, not trained.</summary>
    Buffer,

    /// <summary>Follows from the constructor's arguments (masks, indices): neither trained nor stored.</summary>
    Constant,
}

/// <summary>A named place for a tensor. The tensor may be replaced (another precision, another device); optimisers and checkpoints hold the
/// place.</summary>
public sealed class Parameter : IDisposable
{
    internal Parameter(string name, Tensor value, ParameterRole role)
    {
        (Name, Role) = (name, role);
        Value = Own(value);
    }

    /// <summary>Its name within its owner.</summary>
    public string Name { get; }

    public ParameterRole Role { get; }

    /// <summary>The tensor, a leaf of the graph; owned by this place.</summary>
    public Tensor Value { get; private set; }

    public static implicit operator Tensor(Parameter parameter) => parameter.Value;

    /// <summary>Overwrites the numbers in place; shape, type and device stay.</summary>
    /// <exception cref="ArgumentException">Another shape.</exception>
    public void Set(Tensor numbers)
    {
        if (!numbers.shape.SequenceEqual(Value.shape))
            throw new ArgumentException($"{Name} is [{string.Join(", ", Value.shape)}], not [{string.Join(", ", numbers.shape)}].");
        using IDisposable constant = no_grad();
        Value.copy_(numbers);
    }

    /// <summary>Overwrites the numbers, in row-major order.</summary>
    public void Fill(Func<double> next)
    {
        double[] numbers = new double[Value.numel()];
        for (int k = 0; k < numbers.Length; k++)
            numbers[k] = next();
        using Tensor t = tensor(numbers, Value.shape);
        Set(t);
    }

    /// <summary>Converts a weight to a type, and anything to a device. Buffers and constants keep their type, so that nothing is lost on
    /// the way through float32.</summary>
    internal void To(ScalarType type, Device device)
    {
        Tensor old = Value;
        using (no_grad())
            Value = Own(old.detach().to(Role == ParameterRole.Weight ? type : old.dtype, device, copy: true));
        old.Dispose();
    }

    private Tensor Own(Tensor value) => value.requires_grad_(Role == ParameterRole.Weight).DetachFromDisposeScope();

    public void Dispose() => Value.Dispose();
}
