using ILGPU;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Gpu;

/// <summary>A table's numbers in device memory; passed to kernels by value.</summary>
internal readonly struct DeviceTable(ArrayView<int> index, ArrayView<float> parameters, TableShape shape)
{
    private readonly ArrayView<int> _index = index;
    private readonly ArrayView<float> _parameters = parameters;
    private readonly TableShape _shape = shape;

    /// <summary>Inside a kernel: pointers to the numbers.</summary>
    public unsafe TableData Data
    {
        get
        {
            fixed (int* i = &_index[0])
            fixed (float* p = &_parameters[0])
                return new(i, (byte*)p, _shape);
        }
    }
}
